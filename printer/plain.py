"""The document as plain text: what a screen reader, a log or a mail shows of a receipt."""

from . import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .documents import Document


def text(document: "Document") -> str:
    """The lines of the paper, one line each; codes as their text in brackets, pictures as an empty line.

    Raises ValueError for an unknown item.
    """
    columns = document["columns"]
    out = []
    for item in layout.lines(document):
        kind = item["kind"]
        if kind == "line":
            line = "".join([run[0] for run in item["runs"]])
            room = max(0, columns - layout.cells(line))
            out.append(" " * {"left": 0, "center": room // 2, "right": room}[item["align"]] + line)
        elif kind == "rule":
            out.append("-" * columns)
        elif kind in ("qr", "barcode"):
            line = "[" + item["text"] + "]"
            room = max(0, columns - len(line))
            out.append(" " * {"left": 0, "center": room // 2, "right": room}[item["align"]] + line)
        elif kind == "feed":
            out += [""] * item["lines"]
        elif kind == "picture":
            out.append("")
        elif kind not in ("cut", "drawer"):
            raise ValueError("a document has no item of kind " + kind)
    return "\n".join(out) + "\n"
