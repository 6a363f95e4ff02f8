"""Importing tables: every row is tried, every problem is named by row and column, and all or nothing stays."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from office import audit, schema
from office.imports.columns import Layout, layout
from office.registry import staging, writing
from office.registry.fields import FieldError, Refused, Words
from office.registry.gtins import Prefix
from office.registry.kinds import KINDS, TRADE_ITEMS, Kind
from office.registry.store import Store
from office.sheets import Progress, Table
from office.storage.database import reading

MOST_PROBLEMS = 200
_TELL_EVERY = 50  # rows
_LONGEST_VALUE = 60  # letters

_Row = tuple[int, list[Any]]  # its number in the file, its cells


class Problem(NamedTuple):
    """What is wrong where: sheet, row, column letter and header ("" for the whole row), what stands there."""

    sheet: str
    row: int
    column: str
    header: str
    value: str
    vi: str
    en: str


class Count(NamedTuple):
    """How many records of a kind are new, changed, and said nothing new."""

    new: int
    changed: int
    same: int


class Report(NamedTuple):
    """What an import did or would do. With any problem it did nothing."""

    counts: dict[str, Count]  # by kind
    problems: list[Problem]
    more: int  # problems beyond those listed
    ignored: list[str]  # titles of sheets that hold nothing of ours
    bare: list[str]  # titles of sheets that hold the names of columns only
    unknown: list[tuple[str, str]]  # (sheet, header) of columns that are no field

    @property
    def good(self) -> bool:
        """Whether all of it can be, or was, stored."""
        return not self.problems and bool(self.counts)

    @property
    def nothing(self) -> Words:
        """Why no record was found, where there is neither a count nor a problem, and what to do."""
        if self.bare:
            listed = ", ".join(self.bare)
            return (
                f"Trang {listed} chỉ có dòng tên cột, chưa có hồ sơ nào. Hãy điền mỗi hồ sơ một dòng dưới tên cột, lưu rồi gửi lại.",
                f"{listed}: the columns are named, but no record stands below. Fill in a row for each, save, and send it again.",
            )
        if self.ignored:
            return (
                "Không thấy hồ sơ nào trong tệp: dòng đầu phải là tên cột như trong tệp mẫu.",
                "No records were found: the first row must name the columns as the empty file does.",
            )
        return (
            "Tệp trống, không có dòng nào. Hãy tải tệp mẫu, điền mỗi hồ sơ một dòng, lưu trong Excel rồi gửi lại.",
            "The file is empty. Fetch the file to fill in, write a row for each record, save it in Excel, and send it again.",
        )


def run(
    engine: Engine,
    tables: Sequence[Table],
    by: str,
    at: int,
    prefix: str = "",
    kind: str = "",
    keep: bool = False,
    progress: Progress = lambda _done, _total: None,
    sent_at: int | None = None,
) -> Report:
    """Store the rows of all tables, all or nothing, and report; unless `keep`, or with any problem, nothing is stored.

    `prefix` is the office's own GS1 prefix. `sent_at` (ms UTC): a record that somebody else has changed since then and
    that a row would change is a problem, for whoever sent the file did not see that.
    """

    def store(connection: Connection) -> Report:
        others = {} if sent_at is None else _changed_by_others(engine, by, sent_at)
        running = _Running(Store(connection, by, at, whole=True), prefix, others)
        report = _store(running, tables, kind, progress)
        if keep and report.good:
            counts = {name: list(count) for name, count in report.counts.items()}
            audit.note(connection, at, by, "import", "registry", counts)
        return report

    return staging.work(engine, store, lambda report: keep and report.good)


def _changed_by_others(engine: Engine, by: str, since: int) -> dict[tuple[str, str], str]:
    """Who else changed which records (kind, key) since then. The copy that an import works on has no history."""
    table = schema.changes
    later = select(table.c.kind, table.c.key, table.c.who).where(table.c.at >= since, table.c.who != by)
    with reading(engine) as connection:
        return {(row.kind, row.key): row.who for row in connection.execute(later.order_by(table.c.id))}


def _store(running: "_Running", tables: Sequence[Table], kind: str, progress: Progress) -> Report:
    laid = [(table, layout(table, kind)) for table in tables if table.rows]
    order = list(KINDS)
    mine = sorted(
        ((table, found) for table, found in laid if found is not None),
        key=lambda pair: order.index(pair[1].kind.name),
    )
    total = sum(len(_body(table, found)) for table, found in mine)
    for table, found in mine:
        running.take(table, found, lambda done: progress(done, total))
    progress(total, total)
    problems = running.problems
    return Report(
        {name: Count(n["new"], n["changed"], n["same"]) for name, n in running.counts.items() if n.total()},
        problems[:MOST_PROBLEMS],
        max(0, len(problems) - MOST_PROBLEMS),
        [table.title for table, found in laid if found is None],
        [table.title for table, found in mine if not _body(table, found)],
        [
            (table.title, name)
            for table, found in mine
            for name, field in zip(found.names, found.fields, strict=True)
            if field is None and name
        ],
    )


class _Running:
    """An import under way: what was stored so far, and what is wrong. `others`: by kind and key of a record who has
    changed it meanwhile."""

    def __init__(self, store: Store, prefix: str, others: dict[tuple[str, str], str]) -> None:
        self.counts: dict[str, Counter[str]] = {}  # by kind
        self.problems: list[Problem] = []
        self._store = store
        self._prefix = Prefix(prefix)
        self._others = others
        self._done = 0
        self._names = dict[tuple[str, str], str]()
        # Kind and key of rows with a problem: those that rest on them are not told of.
        self._wrong: set[tuple[str, str]] = set()

    def take(self, table: Table, found: Layout, told: Callable[[int], None]) -> None:
        """Store the rows of a table, or say why not. `told` is told how many rows are done."""
        body = _body(table, found)
        if body and (refused := _unfit(table, found)) is not None:
            self.problems.append(refused)
            self._done += len(body)
            return
        tally = self.counts.setdefault(found.kind.name, Counter())
        seen: dict[str, int] = {}
        problems: list[Problem] = []
        for number, cells in _coded_first(found, body):
            values = _by_field(found, cells)
            try:
                tally[self._put(found, number, values, seen)] += 1
            except Refused as refusal:
                problems += _problems(table, found, number, cells, refusal, self._wrong)
                if key := _code(found, cells):
                    self._wrong.add((found.kind.name, key))
            self._done += 1
            if self._done % _TELL_EVERY == 0:
                told(self._done)
        self.problems += sorted(problems, key=lambda problem: problem.row)
        self._store.flush()

    def _put(self, found: Layout, number: int, values: dict[str, Any], seen: dict[str, int]) -> str:
        """Store a row; whether it is new, changed or the same. `seen`: the rows of the table by key. Raises Refused."""
        present = tuple(field for field in found.fields if field is not None)
        parsed = writing.values(found.kind, values, present)
        key, outcome = writing.put(self._store, found.kind, parsed, self._prefix, self._names)
        if key in seen:
            raise _again(found.kind, parsed, seen[key])
        seen[key] = number
        if outcome == "changed" and (who := self._others.get((found.kind.name, key))):
            overtaken = FieldError(
                f"{who} vừa sửa hồ sơ này, sau khi tệp được gửi; hãy gửi lại tệp để xem trước rồi hãy nhập.",
                f"{who} has changed this record since the file was sent; send it again, look, and then import.",
            )
            raise Refused({"": overtaken})
        return outcome


def _body(table: Table, found: Layout) -> list[_Row]:
    return [row for row in table.rows if row[0] > found.header]


def _by_field(found: Layout, cells: list[Any]) -> dict[str, Any]:
    return {field.name: cell for field, cell in zip(found.fields, cells, strict=False) if field}


def _code(found: Layout, cells: list[Any]) -> str:
    return str(_by_field(found, cells).get(found.kind.fields[0].name) or "").strip()


def _coded_first(found: Layout, body: list[_Row]) -> list[_Row]:
    """A trade item without a GTIN may be one that another row gives its GTIN: those rows come first."""
    if found.kind is not TRADE_ITEMS:
        return body
    return sorted(body, key=lambda row: not _code(found, row[1]))


def _again(kind: Kind, values: dict[str, Any], row: int) -> Refused:
    """A row of the same record as an earlier one."""
    if kind is TRADE_ITEMS and not values.get("gtin"):
        same = FieldError(
            f"Cùng mặt hàng với dòng {row} (sản phẩm, quy cách, đơn vị tính): hãy bỏ một dòng hoặc ghi rõ khác nhau ở đâu.",
            f"The same goods as row {row} (product, net content, unit): remove one, or say in what they differ.",
        )
        return Refused({"net": same})
    return Refused(
        {kind.fields[0].name: FieldError(f"Trùng mã với dòng {row}.", f"The same code as in row {row}.")}
    )


def _unfit(table: Table, found: Layout) -> Problem | None:
    """Why a table cannot be imported at all: columns that must be there are not; or it is not for imports."""
    if found.kind.permission != "register":
        vi, en = "Không nhập loại hồ sơ này từ tệp.", "This kind of record is not imported from files."
        return Problem(table.title, found.header, "", "", "", vi, en)
    present = {field.name for field in found.fields if field is not None}
    missing = [f for f in found.kind.fields if f.required and f.name not in present and f.name != "gtin"]
    if missing:
        vi = "Thiếu cột: " + ", ".join(field.words[0] for field in missing) + "."
        en = "Missing columns: " + ", ".join(field.words[1] for field in missing) + "."
        return Problem(table.title, found.header, "", "", "", vi, en)
    return None


def _problems(
    table: Table,
    found: Layout,
    number: int,
    cells: list[Any],
    refusal: Refused,
    wrong: set[tuple[str, str]],
) -> list[Problem]:
    made = []
    for name, error in refusal.problems.items():
        place = next((i for i, field in enumerate(found.fields) if field and field.name == name), None)
        letter, header, value = "", "", ""
        if place is not None:
            letter, header = _letter(place), found.names[place]
            cell = cells[place] if place < len(cells) else None
            value = "" if cell is None else str(cell)[:_LONGEST_VALUE]
            field = found.fields[place]
            if field is not None and field.ref and (field.ref, value.strip()) in wrong:
                continue
        made.append(Problem(table.title, number, letter, header, value, error.vi, str(error)))
    return made


def _letter(index: int) -> str:
    """The letter of a column as Excel shows it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
