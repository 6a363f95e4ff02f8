"""The page that a receipt's QR opens: found by its number and the first ten characters of its entry's hash,
which only the paper and the office know."""

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, Engine, and_, func, select

from office import schema
from office.audit import alert
from office.books import reports
from office.resolver.guard import charge, guarded
from office.storage import database
from office.web.keys_app import CLOCK, ENGINE
from office.web.rendering import page
from sync.journal import hash10

# Anybody can ask for receipts that never were; no more of them than this become alerts.
_MOST_ALERTS = 20  # open ones a device
# Looks that one at a receipt counts for that is not in the books, or not yet: by such guesses somebody could find out how long
# a till's journal is.
_GUESS = 20

_HASH10 = r"[A-Za-z2-7]{10}"
ROUTES = web.RouteTableDef()


@ROUTES.get(rf"/{{r:[Rr]}}/{{device:[A-Za-z0-9]{{1,24}}}}/{{seq:[1-9][0-9]{{0,15}}}}/{{hash10:{_HASH10}}}")
@guarded
async def receipt(request: web.Request) -> web.StreamResponse:
    """A receipt: the sale (also one that is held), "not yet received", or "not in the books" (404, and an alert)."""
    asked = request.match_info
    answer = await asyncio.to_thread(
        _receipt,
        request.app[ENGINE],
        asked["device"].upper(),
        int(asked["seq"]),
        asked["hash10"].upper(),
        request.app[CLOCK](),
    )
    if answer["state"] in ("not_in_books", "not_received"):
        charge(request, _GUESS)
    return page(request, "receipt.html", status=404 if answer["state"] == "not_in_books" else 200, **answer)


def _receipt(engine: Engine, device: str, seq: int, wanted: str, now: int) -> dict[str, Any]:
    with database.reading(engine) as connection:
        answer: dict[str, Any] = {
            "state": "",
            "receipt_number": f"{device}-{seq}",
            "hash10": wanted,
            "illustrative": bool(reports.setting(connection, "illustrative")),
            "office_name": reports.setting(connection, "office_name") or "",
        }
        outlet = connection.execute(
            select(schema.devices.c.outlet).where(schema.devices.c.id == device)
        ).scalar_one_or_none()
        table = schema.entries
        stored = connection.execute(
            select(table.c.hash).where(table.c.device == device, table.c.seq == seq)
        ).scalars()
        hashes = list(stored)
        found = next((digest for digest in hashes if hash10(digest) == wanted), None)
        if found is not None:
            return answer | _sale(connection, device, seq, found)
    if outlet is None:
        return answer | {"state": "not_in_books"}
    if not hashes:
        return answer | {"state": "not_received"}
    with database.writing(engine) as connection:
        _alert(connection, outlet, device, seq, wanted, now)
    return answer | {"state": "not_in_books"}


def _sale(connection: Connection, device: str, seq: int, digest: bytes) -> dict[str, Any]:
    """The sale of an entry, whether it counts or is held, or that the entry is no sale that we can read."""
    sales, lines, outlets = schema.sales, schema.sale_lines, schema.outlets
    sale = connection.execute(
        select(sales.c.at, sales.c.written_at, sales.c.total, sales.c.held, outlets.c.name, outlets.c.address)
        .join_from(sales, outlets, outlets.c.code == sales.c.outlet)
        .where(sales.c.device == device, sales.c.seq == seq, sales.c.hash == digest)
    ).one_or_none()
    if sale is None:
        return {"state": "unreadable"}
    items, products = schema.trade_items, schema.products
    rows = connection.execute(
        select(
            lines.c.serial, lines.c.qty, lines.c.amount, lines.c.gtin, products.c.name, products.c.name_en,
            items.c.unit,
        )
        .join_from(lines, items, items.c.gtin == lines.c.gtin, isouter=True)
        .join(products, products.c.id == items.c.product, isouter=True)
        .where(lines.c.device == device, lines.c.seq == seq, lines.c.hash == digest)
        .order_by(lines.c.line)
    )  # fmt: skip
    return {"state": "held" if sale.held else "sold", "sale": sale, "lines": rows.all()}


def _alert(connection: Connection, outlet: str, device: str, seq: int, wanted: str, now: int) -> None:
    """Tell the office once that somebody holds a receipt that is not in the books."""
    table = schema.alerts
    open_ones = and_(table.c.kind == "not_in_books", table.c.device == device, table.c.closed_at.is_(None))
    known, count = connection.execute(
        select(func.count().filter(table.c.seq == seq), func.count()).where(open_ones)
    ).one()
    if known == 0 and count < _MOST_ALERTS:
        alert(connection, now, "not_in_books", outlet, device, seq, {"hash10": wanted})
