"""Labels' data as JSON, and the templates that ship for the usual sizes (config/templates)."""

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from printer import labels, templates
from printer.host.sales import normalised

if TYPE_CHECKING:
    from printer.documents import Document

_TEMPLATES = files("config") / "templates"
KINDS = ("shelf", "product")

# What `ocop print test` prints on a label printer.
SAMPLE = {
    "kind": "product",
    "name": "Mật ong hoa rừng Hương Khê",
    "producer": "HTX Mật ong Phúc Trạch",
    "lot": "MO-2611-01",
    "produced": "2026-11-01",
    "expires": "2027-11-01",
    "serial": "1000042-31",
    "stamp": "HTTPS://OCOP.HATINH.VN/01/08931234567019/21/1000042",
    "ingredients": "mật ong hoa rừng 100 %",
    "storage": "nơi khô, mát",
}


def sizes() -> list[str]:
    """The sizes that there are templates for, as "50x30"."""
    return sorted({name.partition("-")[2] for name in names()})


def names() -> list[str]:
    """The templates, as "shelf-50x30"."""
    found = [file.name.removesuffix(".receipt") for file in _TEMPLATES.iterdir()]
    return sorted(name for name in found if name.partition("-")[0] in KINDS)


def label(data: Any, size: str, own: str = "") -> "Document":
    """The label of `data`: "kind" ("shelf" or "product"; by its fields when absent) and the fields of
    `printer.labels.NAMES`; by the template `own`, or the one that ships. Raises ValueError that says what is
    wrong."""
    if not isinstance(data, dict):
        raise ValueError("this is no label: it has to be an object with the label's fields")
    fields = normalised(data)
    kind = fields.pop(
        "kind", "product" if any(name in fields for name in ("stamp", "lot", "serial")) else "shelf"
    )
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is no kind of label; there are " + ", ".join(KINDS))
    for name, value in fields.items():
        if name == "price" and (isinstance(value, bool) or not isinstance(value, int | None)):
            raise ValueError(f"price: {value!r} is no whole number of đồng")
        if name != "price" and not isinstance(value, str | int | None):
            raise ValueError(f"{name}: {value!r} is no text")
    try:
        text = own or (_TEMPLATES / f"{kind}-{size}.receipt").read_text(encoding="utf-8")
    except OSError:
        raise ValueError(
            f"size: there is no {kind} label of {size} mm; there are " + ", ".join(sizes())
        ) from None
    template, errors = templates.load(text, labels.NAMES)
    if errors:
        raise ValueError(f"{kind}-{size}.receipt, line {errors[0][0]}: {errors[0][1]}")
    made = labels.label(fields, template)
    if not made["items"]:
        raise ValueError("this label has no field to print; there are " + ", ".join(labels.NAMES))
    return made


def fault(text: str) -> tuple[int, str] | None:
    """(line, what is wrong, "Vietnamese / English") of a label's template, tried on every field; None for a good one."""
    template, errors = templates.load(text, labels.NAMES)
    if not errors:
        full: dict[str, Any] = dict.fromkeys(labels.NAMES, "0912 345 678")
        full |= {name: value for name, value in SAMPLE.items() if name != "kind"}
        full |= {
            "price": 185000,
            "unit_price": "370.000 ₫/lít",
            "ean": "893456313816",
            "link": SAMPLE["stamp"],
        }
        made, errors = templates.document(template, labels.fields(full), 32)
        if not errors and "label" not in made:
            return 0, "thiếu {label:RỘNGxCAO} / there is no {label:WIDTHxHEIGHT}"
    return errors[0] if errors else None
