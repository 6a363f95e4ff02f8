"""Stamps' pages: counts, batches, statements. A producer's account sees its own, and nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from office import schema, sheets
from office.access.sessions import Session
from office.pages.frame import reading, show, staff
from office.pages.registry import words
from office.publishing import keys
from office.registry.fields import Field, FieldError, parse
from office.stamps import counting
from office.stamps.counting import Counts
from office.times import LOCAL
from office.web.keys_app import CLOCK, SETTINGS
from office.web.rendering import HEADERS, language

ROUTES = web.RouteTableDef()
_MOST = 100  # batches of a list
_BY = {
    "product": (("Sản phẩm", "Product"), lambda row: (row.gtin, row.title)),
    "producer": (("Chủ thể", "Producer"), lambda row: (row.producer, row.producer_name)),
    "month": (("Tháng phát hành", "Month of issue"), lambda row: (_month(row.issued_at),) * 2),
}
_DAY = Field("day", ("Ngày", "Date"), "date")


@ROUTES.get("/office/stamps")
@staff("see_stamps")
async def stamps(request: web.Request, session: Session) -> web.StreamResponse:
    """Counts by product, producer or month, and the newest batches."""
    by = request.query.get("by", "product")
    by = by if by in _BY else "product"
    gtin, now = request.query.get("gtin", "")[:14], request.app[CLOCK]()

    def collect(connection: Connection) -> dict[str, Any]:
        rows = counting.counted(connection, session.account.producer, gtin)
        return {
            "sums": counting.grouped(rows, _BY[by][1]),
            "total": counting.grouped(rows, lambda _: ("", "")),
            "batches": rows[:_MOST],
            "batch_count": len(rows),
            "stale": [row for row in rows if counting.stale(row, now)],
        }

    return await show(
        request, session, "stamps.html", collect, by=by, gtin=gtin,
        ways={name: words(language(request))(pair) for name, (pair, _) in _BY.items()},
    )  # fmt: skip


@ROUTES.get("/office/stamps/batches/{batch:[0-9]{1,15}}")
@staff("see_stamps")
async def batch(request: web.Request, session: Session) -> web.StreamResponse:
    """A batch: what became of it, its activations, its files to print."""
    return await show_batch(request, session)


async def show_batch(request: web.Request, session: Session, problem: str = "") -> web.Response:
    """The page of the batch that the address names, with what went wrong."""
    number = int(request.match_info["batch"])
    folder = request.app[SETTINGS].folder / "keys"

    def collect(connection: Connection) -> dict[str, Any]:
        rows = counting.counted(connection, session.account.producer, batch=number)
        if not rows:
            raise web.HTTPNotFound(text="Không có đợt tem này / there is no such batch.")
        row = rows[0]
        return {
            "batch": row,
            "ranges": _ranges(connection, row),
            "locked": bool(row.k) and _locked(folder, row.k),
        }

    return await show(
        request, session, "stamp_batch.html", collect, 422 if problem else 200, "stamps", problem=problem
    )


@ROUTES.get("/office/stamps/statement")
@staff("see_stamps")
async def statement(request: web.Request, session: Session) -> web.StreamResponse:
    """What a producer owes for its stamps in a time: to be printed."""
    today = datetime.fromtimestamp(request.app[CLOCK]() / 1000, UTC).astimezone(LOCAL).date()
    first = _day(request, "from", today.replace(day=1))
    last = _day(request, "until", today)
    producer = session.account.producer or request.query.get("producer", "")[:40]

    def collect(connection: Connection) -> dict[str, Any]:
        table = schema.producers
        found = connection.execute(table.select().where(table.c.id == producer)).mappings().one_or_none()
        rows = counting.counted(connection, producer, since=_start(first), until=_start(last) + 86_400_000)
        everybody = connection.execute(table.select().order_by(table.c.name)).mappings().all()
        return {
            "producer": found,
            "rows": [row for row in reversed(rows) if row.k] if found else [],
            "producers": [] if session.account.producer else [(row["id"], row["name"]) for row in everybody],
        }

    return await show(
        request, session, "stamp_statement.html", collect, 200, "stamps", first=first.isoformat(),
        last=last.isoformat(), today=today.isoformat(),
    )  # fmt: skip


@ROUTES.get("/office/stamps/statistics.xlsx")
@staff("see_stamps")
async def statistics(request: web.Request, session: Session) -> web.StreamResponse:
    """Every batch with its counts, and the sums, as a workbook."""

    def collect(connection: Connection) -> bytes:
        return _workbook(counting.counted(connection, session.account.producer))

    body = await reading(request, collect)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = web.Response(body=body, content_type=kind, headers=HEADERS)
    answer.headers["Content-Disposition"] = 'attachment; filename="ocop-tem.xlsx"'
    return answer


def _workbook(rows: list[Counts]) -> bytes:
    column = sheets.Column
    figures = ("Phát hành", "Đã kích hoạt", "Chưa kích hoạt", "Đã bán", "Còn lại", "Đã huỷ")
    sums = [
        sheets.Sheet(
            pair[0],
            [column("Mã"), column(pair[0], width=40), *(column(name, "integer") for name in figures),
             column("Phí (đ)", "money"), column("Phát hành gần nhất", "moment")],
            [
                (s.key, s.title, s.issued, s.activated, s.unused, s.sold, s.left, s.void, s.due, _local(s.newest))
                for s in counting.grouped(rows, key)
            ],
        )
        for pair, key in _BY.values()
    ]  # fmt: skip
    batches = sheets.Sheet(
        "Đợt phát hành",
        [column("Đợt", "integer"), column("Phát hành lúc", "moment"), column("GTIN", "gtin"),
         column("Mặt hàng", width=36), column("Chủ thể", width=32), column("Từ số", "integer"),
         column("Đến số", "integer"), *(column(name, "integer") for name in figures), column("Phí (đ)", "money")],
        [
            (r.batch, _local(r.issued_at), r.gtin, r.title, r.producer_name, r.first, r.last, r.issued,
             r.activated, r.unused, r.sold, r.left, r.void, r.due)
            for r in rows
        ],
    )  # fmt: skip
    return sheets.xlsx_bytes([*sums, batches])


def _ranges(connection: Connection, row: Counts) -> list[dict[str, Any]]:
    """What became of which serials of a batch, in their order."""
    found: list[dict[str, Any]] = []
    for state, table in (
        ("active", schema.activations),
        ("void", schema.voids),
        ("deleted", schema.tombstones),
    ):
        inside = (table.c.gtin == row.gtin) & (table.c.first <= row.last) & (table.c.last >= row.first)
        rows = connection.execute(table.select().where(inside)).mappings()
        found += [{"state": state, "lot": "", "at": 0, "reason": ""} | dict(one) for one in rows]
    return sorted(found, key=lambda one: (one["first"], one["state"]))


def _locked(folder: Path, k: str) -> bool:
    return keys.locked(folder, keys.stamp_role(k))


def _month(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC).astimezone(LOCAL):%m/%Y}"


def _local(at: int) -> datetime:
    """Local time as a spreadsheet shows it, without a zone."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(LOCAL).replace(tzinfo=None)


def _start(day: date) -> int:
    """When a day begins in Vietnam, ms UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=LOCAL).timestamp() * 1000)


def _day(request: web.Request, name: str, default: date) -> date:
    try:
        found = parse(_DAY, request.query.get(name, ""))
    except FieldError:
        return default
    return date.fromisoformat(found) if found else default
