"""The staff API's types, from which its OpenAPI document is made, and that document.

Handlers decode requests into these very types, so the document cannot say something else.
"""

from typing import Annotated, Any, Literal

import msgspec

from kiosk.host.receipt_settings import Logo, ReceiptSettings

Text = Annotated[str, msgspec.Meta(max_length=4096)]
Dong = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Pin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]


class LogIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who wants to use the till."""

    pin: Pin


class Scan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A code read by a till's reader, or typed (`reader` "keyboard")."""

    text: Text
    reader: Annotated[str, msgspec.Meta(max_length=40)] = "keyboard"


class Approval(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A supervisor agrees to sell one code in spite of one verdict."""

    pin: Pin
    code: Text
    verdict: Annotated[str, msgspec.Meta(max_length=40)]


class SaleLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line: a stamp or other code, or goods by GTIN. `price` is đồng for one."""

    qty: Annotated[int, msgspec.Meta(ge=1, le=10000)]
    price: Dong
    code: Text | None = None
    gtin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8,14}$")] | None = None
    approval: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Payment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One payment, đồng."""

    kind: Literal["cash"]
    amount: Dong


class Sale(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A sale. `basket` names the basket that it empties."""

    lines: Annotated[list[SaleLine], msgspec.Meta(max_length=200)]
    payments: Annotated[list[Payment], msgspec.Meta(max_length=10)]
    basket: int | None = None


class RefundLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Goods that come back: the sale's line (from 1), how many, and whether they can be sold again."""

    line: Annotated[int, msgspec.Meta(ge=1, le=200)]
    qty: Annotated[int, msgspec.Meta(ge=1, le=10000)]
    unharmed: bool


Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Refund(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Goods taken back, and what is paid back for them."""

    lines: Annotated[list[RefundLine], msgspec.Meta(min_length=1, max_length=200)]
    payments: Annotated[list[Payment], msgspec.Meta(max_length=10)]
    reason: Reason | None = None


class Void(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A whole sale undone, and why."""

    reason: Reason


class Printed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whether a print job came out whole, by a person who looked."""

    printed: bool


class LogoFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A picture's file (PNG, JPEG or WebP)."""

    file: Annotated[bytes, msgspec.Meta(max_length=180 * 1024)]


class Labels(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Labels of one kind and size (`shelf-50x30`) for goods, by their stamp, other code or GTIN."""

    template: Annotated[str, msgspec.Meta(pattern=r"^(shelf|product)-[0-9]{2,3}x[0-9]{2,3}$")]
    code: Text
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class Queued(msgspec.Struct, frozen=True):
    """A job in the print queue, and what to call it."""

    job: int
    number: str


class Sold(msgspec.Struct, frozen=True):
    """A confirmed sale: `number` is device-seq, `hash` the entry's SHA-256 in hex, money in đồng."""

    number: str
    seq: int
    hash: str
    total: int
    change: int


class Undone(msgspec.Struct, frozen=True):
    """A void or refund that was written: `number` is device-seq of its entry, `total` what was paid back."""

    number: str
    seq: int
    hash: str
    total: int


class Token(msgspec.Struct, frozen=True):
    """A supervisor's approval, to be named in the sale's line."""

    token: str


class Problem(msgspec.Struct, frozen=True):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


# method, path, summary, request type, status and type of the answer (None: free-form JSON object)
OPERATIONS: list[tuple[str, str, str, type | None, int, type | None]] = [
    ("post", "/api/session", "Log in with a PIN", LogIn, 204, None),
    ("delete", "/api/session", "Log out", None, 204, None),
    ("get", "/api/basket", "The open basket", None, 200, None),
    ("post", "/api/basket", "Open a basket", None, 201, None),
    ("delete", "/api/basket", "Drop the open basket", None, 200, None),
    ("delete", "/api/basket/lines/{n}", "Take a line out of the basket", None, 200, None),
    ("post", "/api/scans", "Scan or type a code at the till", Scan, 200, None),
    ("post", "/api/approvals", "A supervisor approves one code", Approval, 201, Token),
    ("post", "/api/sales", "Sell (with an Idempotency-Key header)", Sale, 201, Sold),
    ("get", "/api/sales/{number}", "One sale", None, 200, None),
    ("post", "/api/sales/{number}/refunds", "Take goods back (with an Idempotency-Key)", Refund, 201, Undone),
    ("post", "/api/sales/{number}/void", "Undo a whole sale (with an Idempotency-Key)", Void, 201, Undone),
    ("post", "/api/sales/{number}/receipt", "Print the receipt again, as a copy", None, 202, None),
    ("get", "/api/print-jobs", "Print jobs that wait, print or want a person", None, 200, None),
    ("post", "/api/print-jobs/{id}/answer", "Say whether a job came out whole", Printed, 200, None),
    ("post", "/api/labels", "Print labels", Labels, 202, Queued),
    ("post", "/api/labels/preview", "One label as it would print (PNG)", Labels, 200, None),
    ("get", "/api/receipt-settings", "How receipts look", None, 200, None),
    ("put", "/api/receipt-settings", "Change how receipts look", ReceiptSettings, 200, None),
    ("delete", "/api/receipt-settings", "Go back to what outlet.toml says", None, 200, None),
    ("post", "/api/receipt-settings/undo", "Go back to the settings before", None, 200, None),
    (
        "post",
        "/api/receipt-settings/preview",
        "A receipt with these settings (PNG)",
        ReceiptSettings,
        200,
        None,
    ),
    ("post", "/api/receipt-settings/logo", "Make a picture into dots", LogoFile, 200, Logo),
    ("get", "/api/status", "How the service is", None, 200, None),
]


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the staff listener."""
    types = [request for *_, request, _status, _answer in OPERATIONS if request]
    types += [answer for *_, answer in OPERATIONS if answer] + [Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for method, path, summary, request, status, answer in OPERATIONS:
        operation: dict[str, Any] = {
            "summary": summary,
            "responses": {
                str(status): {"description": summary} | _content("application/json", by_type, answer, status),
                "default": {"description": "Error"}
                | _content("application/problem+json", by_type, Problem, 400),
            },
        }
        parameters = [
            {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
            for part in path.split("/")
            if part.startswith("{")
        ]
        if answer in (Sold, Undone):
            key = {"type": "string", "minLength": 1, "maxLength": 100}
            parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
        if parameters:
            operation["parameters"] = parameters
        if request:
            operation["requestBody"] = {"required": True} | _content(
                "application/json", by_type, request, 200
            )
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "ocop-kiosk, staff", "version": version},
        "paths": paths,
        "components": {"schemas": components},
    }


def _content(kind: str, by_type: dict[type, Any], answer: type | None, status: int) -> dict[str, Any]:
    if status == 204:
        return {}
    return {"content": {kind: {"schema": by_type[answer] if answer else {"type": "object"}}}}
