"""`ocop office report` and `recount`."""

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from config.exits import FAILED, NO, CommandError
from office import schema
from office.books import rollups, sold_counts
from office.commands.shell import Command, Options, day, writing
from office.reporting import files, groups, periods
from office.reporting.asked import OLDEST, asking
from office.reporting.choice import REPORTS
from office.settings import Settings
from office.stamps.files import require_new
from office.times import local_date, now_ms


def describe(command: Command) -> None:
    """Add both to the office's commands."""
    add = command("report", report, "write a report as .xlsx, .csv or .pdf, as its page does")
    add("report", choices=REPORTS, help="which one")
    add("out", type=Path, help="a new file; its suffix says what")
    add("--unit", choices=periods.UNITS, default="month", help="day, week, month...; default: month")
    add("--day", type=day, help="a day in the period, YYYY-MM-DD; default: today")
    add("--by", choices=groups.BY, default="outlet", help="by what it is added up; default: outlet")
    add(
        "--against",
        choices=periods.AGAINST,
        default="before",
        help="the period before, or the same a year before",
    )
    add("--outlet", default="", help="only this outlet's sales")
    add("--lang", choices=("vi", "en"), default="vi", help="language; default: vi")
    command("recount", recount, "add up anew what reports read; exit code 1 if a sum was wrong")


def report(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Write a report as a file, as its page does."""
    path: Path = options.out
    form = path.suffix.lower().removeprefix(".")
    if form not in files.FORMS:
        raise CommandError(
            f"{path}: name a file.xlsx, file.csv or file.pdf.",
            vi=f"{path}: đặt tên tệp đuôi .xlsx, .csv hoặc .pdf.",
        )
    require_new(path)
    now = now_ms()
    today = local_date(now)
    day: date = options.day or today
    asked = asking(
        options.lang, today, day, options.unit, options.by, options.against, options.outlet, settings.home
    )
    if not asked.whole.first <= day <= asked.whole.last:
        raise CommandError(
            f"--day {day}: reports tell of days from {OLDEST} to today, {today}.",
            vi=f"--day {day}: báo cáo chỉ nói về các ngày từ {OLDEST} đến hôm nay, {today}.",
        )
    with writing(settings) as connection:
        _, body = files.make(connection, options.report, form, asked, now)
    try:
        path.write_bytes(body)
    except OSError as error:
        raise CommandError(
            f"{path}: cannot write this file ({error.strerror}).",
            FAILED,
            vi=f"{path}: không ghi được tệp này ({error.strerror}).",
        ) from error
    return {"file": str(path), "report": options.report}, f"Written to {path}."


def recount(settings: Settings, _: Options) -> tuple[dict[str, Any], str]:
    """Add up anew what reports read, and tell how many rows were wrong. Raises CommandError if any was."""
    with writing(settings) as connection:
        tables = (schema.sales_rollups, schema.batch_rollups)
        before = [_rows(connection, table) for table in tables]
        rollups.rebuild(connection)
        sold_counts.recount(connection)
        after = [_rows(connection, table) for table in tables]
    wrong = sum(len(old ^ new) for old, new in zip(before, after, strict=True))
    count = sum(map(len, after))
    if wrong:
        raise CommandError(
            f"{wrong} of {count} sums were wrong; they are right now.",
            NO,
            vi=f"{wrong} trong {count} tổng bị sai; nay đã đúng.",
        )
    return {"sums": count, "wrong": 0}, f"{count} sums are right."


def _rows(connection: Connection, table: Table) -> set[tuple[Any, ...]]:
    """The rows that say anything: what is 0 may as well not be there."""
    keys = len(table.primary_key)
    return {tuple(row) for row in connection.execute(select(table)) if any(row[keys:])}
