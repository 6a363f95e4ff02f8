"""The staff API's types, from which its OpenAPI document is made, and that document.

Handlers decode requests into these very types, so the document cannot say something else.
"""

from typing import Annotated, Any, Literal

import msgspec

from kiosk.host.prints.receipt_settings import Logo, ReceiptSettings
from kiosk.host.stock import stock_api

Text = Annotated[str, msgspec.Meta(max_length=4096)]
Dong = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Pin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class LogIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who wants to use the till."""

    pin: Pin


class Scan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A code read by a till's reader, or typed (`reader` "keyboard")."""

    text: Text
    reader: Annotated[str, msgspec.Meta(max_length=40)] = "keyboard"


class Approval(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A supervisor agrees to sell one code in spite of one verdict; or to the "void" or "refund" of a sale (its number)."""

    pin: Pin
    code: Text
    verdict: Annotated[str, msgspec.Meta(max_length=40)]


Qty = Annotated[int, msgspec.Meta(ge=1, le=10000)]


class SaleLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line: a stamp or other code, or goods by GTIN. `price` is đồng for one, `discount` off the line."""

    qty: Qty
    price: Dong
    discount: Dong = 0
    code: Text | None = None
    gtin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8,14}$")] | None = None
    approval: Annotated[str, msgspec.Meta(max_length=64)] | None = None


PaymentKind = Literal["cash", "vietqr", "card"]


class Payment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One payment, đồng. `confirmed`: somebody saw the transfer arrive."""

    kind: PaymentKind
    amount: Dong
    confirmed: bool = False


class Buyer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who wants an invoice; each may be left out."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    tax_code: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{10}(-[0-9]{3})?|[0-9]{12})?$")] = ""
    address: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Sale(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A sale. `basket` names the basket that it empties."""

    lines: Annotated[list[SaleLine], msgspec.Meta(max_length=200)]
    payments: Annotated[list[Payment], msgspec.Meta(max_length=10)]
    basket: int | None = None
    buyer: Buyer | None = None


class AddGoods(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Goods found by search or among the favourites."""

    gtin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{14}$")]
    qty: Qty = 1


class ChangeLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Another quantity, price or discount of a line; what is left out stays. `pin`: a supervisor's, who allows it."""

    qty: Qty | None = None
    price: Dong | None = None
    discount: Dong | None = None
    pin: Pin | None = None


class Reduce(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """So much off the whole basket, 0 for nothing. `pin`: a supervisor's, who allows it."""

    discount: Dong
    pin: Pin | None = None


class GiftSet(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Lines of the basket that are sold together, perhaps for less. `pin`: a supervisor's, who allows it."""

    lines: Annotated[list[int], msgspec.Meta(min_length=2, max_length=200)]
    price: Dong | None = None
    pin: Pin | None = None


class ReadySet(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Lines of the basket to keep as a ready-made gift set, in place of one of the same name."""

    name: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=60)]
    price: Dong
    lines: Annotated[list[int], msgspec.Meta(min_length=1, max_length=200)]


class Hold(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Under which name a basket is set aside; it may be empty."""

    name: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Price(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """This outlet's own price, null for the catalogue's."""

    price: Dong | None


class Favourites(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Goods on the first touch, in this order; none: what sells best."""

    gtins: Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^[0-9]{14}$")]], msgspec.Meta(max_length=24)]


class OpenShift(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What lies in the drawer when a shift begins."""

    cash: Dong


class CloseShift(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What was counted in the drawer when a shift ends."""

    counted: Dong


class MoveCash(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Money that goes into the drawer or out of it for another reason than a sale."""

    direction: Literal["in", "out"]
    amount: Annotated[int, msgspec.Meta(ge=1, le=10**12)]
    reason: Reason


class RefundLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Goods that come back: the sale's line (from 1), how many, and whether they can be sold again."""

    line: Annotated[int, msgspec.Meta(ge=1, le=200)]
    qty: Qty
    unharmed: bool


class Refund(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Goods taken back, and what is paid back for them."""

    lines: Annotated[list[RefundLine], msgspec.Meta(min_length=1, max_length=200)]
    payments: Annotated[list[Payment], msgspec.Meta(max_length=10)]
    reason: Reason | None = None
    approval: Text | None = None


class Void(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A whole sale undone, and why."""

    reason: Reason
    approval: Text | None = None


class Printed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whether a print job came out whole, by a person who looked."""

    printed: bool


class Enrolment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The office's address, and the one-use code that it shows."""

    url: Annotated[str, msgspec.Meta(pattern="^https?://", max_length=300)]
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


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


# method, path, summary, request type, status and type of the answer (None: free-form JSON object; bytes: a PNG)
OPERATIONS: list[tuple[str, str, str, type | None, int, type | None]] = [
    ("post", "/api/session", "Log in with a PIN", LogIn, 204, None),
    ("delete", "/api/session", "Log out", None, 204, None),
    ("get", "/api/basket", "The open basket", None, 200, None),
    ("post", "/api/basket", "Open a basket", None, 201, None),
    ("delete", "/api/basket", "Drop the open basket", None, 200, None),
    ("delete", "/api/basket/lines/{n}", "Take a line out of the basket", None, 200, None),
    ("post", "/api/basket/lines", "Add goods without a scan", AddGoods, 200, None),
    ("patch", "/api/basket/lines/{n}", "Change a line's quantity, price or discount", ChangeLine, 200, None),
    ("put", "/api/basket/discount", "Take something off the whole basket", Reduce, 200, None),
    ("post", "/api/basket/sets", "Join lines to a gift set", GiftSet, 200, None),
    ("delete", "/api/basket/sets/{n}", "Take a gift set apart", None, 200, None),
    (
        "post",
        "/api/basket/gift-sets/{n}",
        "Join the lines that make up a ready-made gift set",
        None,
        200,
        None,
    ),
    ("get", "/api/gift-sets", "The shop's ready-made gift sets", None, 200, None),
    ("post", "/api/gift-sets", "Keep lines of the basket as a ready-made gift set", ReadySet, 200, None),
    ("delete", "/api/gift-sets/{n}", "Take a gift set off the list", None, 200, None),
    ("post", "/api/basket/hold", "Set the basket aside", Hold, 200, None),
    ("post", "/api/baskets/{id}/recall", "Go on with a basket that was set aside", None, 200, None),
    ("get", "/api/goods", "Search goods (?q=)", None, 200, None),
    ("get", "/api/favourites", "The goods on the first touch", None, 200, None),
    ("put", "/api/favourites", "Choose them", Favourites, 200, None),
    ("get", "/api/prices", "Suggested and own prices", None, 200, None),
    ("put", "/api/prices/{gtin}", "Set this outlet's own price", Price, 200, None),
    ("get", "/api/vietqr.svg", "The QR code of a transfer (?basket=&amount= or ?sale=)", None, 200, None),
    ("get", "/api/shift", "The open shift so far (the X report), and the last one", None, 200, None),
    ("post", "/api/shift", "Open a shift (with an Idempotency-Key)", OpenShift, 201, None),
    ("post", "/api/shift/cash", "Put money in or take it out (with an Idempotency-Key)", MoveCash, 201, None),
    (
        "post",
        "/api/shift/close",
        "Close the shift and print the Z report (with an Idempotency-Key)",
        CloseShift,
        201,
        None,
    ),
    ("post", "/api/shift/print", "Print the X report", None, 202, None),
    ("post", "/api/shifts/{seq}/print", "Print a closed shift's Z report again", None, 202, None),
    ("get", "/api/sales", "Sales of a day (?day=), or of a receipt or stamp (?find=)", None, 200, None),
    ("post", "/api/sales/{number}/arrival", "Say that a transfer has arrived", None, 200, None),
    ("post", "/api/scans", "Scan or type a code at the till", Scan, 200, None),
    ("post", "/api/approvals", "A supervisor approves one code", Approval, 201, Token),
    ("post", "/api/sales", "Sell (with an Idempotency-Key)", Sale, 201, Sold),
    ("get", "/api/sales/{number}", "One sale", None, 200, None),
    ("post", "/api/sales/{number}/refunds", "Take goods back (with an Idempotency-Key)", Refund, 201, Undone),
    ("post", "/api/sales/{number}/void", "Undo a whole sale (with an Idempotency-Key)", Void, 201, Undone),
    ("post", "/api/sales/{number}/receipt", "Print the receipt again, as a copy", None, 202, None),
    ("get", "/api/day", "The outlet's day over all its tills", None, 200, None),
    ("get", "/api/print-jobs", "Print jobs that wait, print or want a person", None, 200, None),
    ("post", "/api/print-jobs/{id}/answer", "Say whether a job came out whole", Printed, 200, None),
    ("post", "/api/labels", "Print labels", Labels, 202, Queued),
    ("post", "/api/labels/preview", "One label as it would print (PNG)", Labels, 200, bytes),
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
        bytes,
    ),
    ("post", "/api/receipt-settings/logo", "Make a picture into dots", LogoFile, 200, Logo),
    ("post", "/api/office/enrol", "Become a device of an office", Enrolment, 200, None),
    ("post", "/api/office/sync", "Push the journal and pull the catalogue now", None, 200, None),
    ("get", "/api/status", "How the service is", None, 200, None),
]


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the staff listener."""
    operations = OPERATIONS + stock_api.OPERATIONS
    types = [request for *_, request, _status, _answer in operations if request]
    types += [answer for *_, answer in operations if answer not in (None, bytes)] + [Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for method, path, summary, request, status, answer in operations:
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
        if "Idempotency-Key" in summary:
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
    if answer is bytes:
        return {"content": {"image/png": {}}}
    return {"content": {kind: {"schema": by_type[answer] if answer else {"type": "object"}}}}
