"""Templates: ReceiptLine texts with fields, made into ReceiptLine lines for `printer.receiptline`.

    {{shop.name}}        a field; its text is escaped, so it prints as it is and cannot change the layout
    {repeat:lines}       what stands up to {end} once for each of a list, whose fields come first
    {if:cashier}         what stands up to {else} or {end} only where the field is not empty
    {if:not cashier}     the other way round

Each of the last three stands on a line of its own. A line that holds fields of which all are empty, and no
word of its own, is left out.
"""

from . import documents, receiptline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .documents import Document
    from .drawings import Drawing
    from .receiptline import Errors

    # A line: (number, parts), texts and names of fields in turn. A block: (number, kind, name, inner, other).
    Node = tuple[Any, ...]
    Template = list[Node]
    Names = dict[str, Any]


def load(text: str, names: "Names") -> "tuple[Template, Errors]":
    """(template, errors) of a template's text.

    `names` are the fields it may use: name -> None, or the names of a list's items. With errors
    (line number, what is wrong, Vietnamese / English) the template is not for use: keep the last good one.
    """
    errors: Errors = []
    root: Template = []
    # (nodes to add to, names in force, the block's number, kind and name)
    stack: list[Any] = [(root, names, 0, "", "")]
    blocks: list[Any] = []
    lines = text.split("\n")
    for index, line in enumerate(lines if lines[-1].strip() else lines[:-1]):
        number, word = index + 1, line.strip()
        nodes, known = stack[-1][0], stack[-1][1]
        inner = word[1:-1].strip() if word[:1] == "{" and word[-1:] == "}" and word[:2] != "{{" else ""
        kind, _, name = inner.partition(":")
        kind, name = kind.strip(), name.strip()
        if kind in ("if", "repeat"):
            field = name[4:].strip() if kind == "if" and name[:4] == "not " else name
            inside = known.get(field)
            below = dict(known)
            if field not in known:
                errors.append((number, "không có trường " + field + " / there is no field " + field))
            elif kind == "repeat" and not isinstance(inside, dict):
                errors.append((number, field + " không phải danh sách / is no list"))
            elif kind == "repeat":
                below.update(inside)
            block: Node = (number, kind, name, [], [])
            nodes.append(block)
            blocks.append(block)
            stack.append((block[3], below, number, kind, name))
        elif inner == "else" or kind == "else":
            if len(stack) == 1 or stack[-1][3] != "if":
                errors.append((number, "{else} không có {if:} ở trên / has no {if:} above"))
            else:
                top = stack.pop()
                stack.append((blocks[-1][4], top[1], top[2], "else", top[4]))
        elif inner == "end" or kind == "end":
            if len(stack) == 1:
                errors.append((number, "{end} không có {if:} hay {repeat:} ở trên / closes nothing"))
            else:
                stack.pop()
                blocks.pop()
        else:
            parts = _parts(line)
            for name in parts[1::2]:
                if name not in known:
                    errors.append((number, "không có trường " + name + " / there is no field " + name))
                elif isinstance(known[name], dict):
                    errors.append((number, name + " là danh sách, dùng {repeat:} / is a list, use {repeat:}"))
            nodes.append((number, parts))
    if len(stack) > 1:
        errors.append((stack[-1][2], "thiếu {end} / {end} is missing"))
    return root, errors


def _parts(line: str) -> list[str]:
    """Texts and fields' names in turn, beginning and ending with a text."""
    parts: list[str] = []
    while True:
        before, start, rest = line.partition("{{")
        name, end, after = rest.partition("}}")
        if not start or not end:
            return parts + [line]
        parts += [before, name.strip()]
        line = after


def expand(template: "Template", fields: "dict[str, Any]") -> "list[tuple[int, str]]":
    """The template with its fields filled in, as (number of its line, ReceiptLine text).

    `fields`: name -> text, or a list of such dicts; a name that is missing is an empty text.
    """
    out: list[tuple[int, str]] = []
    _expand(template, fields, out)
    return out


def _expand(nodes: "Template", fields: "dict[str, Any]", out: "list[tuple[int, str]]") -> None:
    for node in nodes:
        if len(node) == 2:
            number, parts = node
            if len(parts) == 1:
                out.append((number, parts[0]))
                continue
            filled = [
                receiptline.escape(fields.get(part) or "") if index % 2 else part
                for index, part in enumerate(parts)
            ]
            words = "".join([part for index, part in enumerate(parts) if index % 2 == 0])
            if any(filled[1::2]) or words.strip(' \t|"^~{}'):
                out.append((number, "".join(filled)))
            continue
        _, kind, name, inner, other = node
        if kind == "if":
            no = name[:4] == "not "
            _expand(inner if bool(fields.get(name[4:].strip() if no else name)) != no else other, fields, out)
            continue
        for item in fields.get(name) or []:
            below = dict(fields)
            below.update(item)
            _expand(inner, below, out)


def document(
    template: "Template", fields: "dict[str, Any]", columns: int, pictures: "dict[str, Drawing] | None" = None
) -> "tuple[Document, Errors]":
    """(document, errors): the template with its fields, for paper of `columns` cells."""
    items, label, errors = receiptline.parse(expand(template, fields), pictures or {})
    made = documents.document(columns)
    made["items"] = items
    if label:
        made["label"] = label
    return made, errors
