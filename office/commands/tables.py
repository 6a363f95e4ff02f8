"""`ocop office import` and `export`."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from config.exits import FAILED, NO, CommandError
from office import imports, registry, setup, sheets
from office.commands.shell import Command, Options, who, writing
from office.imports import Report
from office.registry import staging
from office.registry.kinds import KINDS
from office.settings import Settings
from office.stamps.files import require_new
from office.times import now_ms


def describe(command: Command) -> None:
    """Add both to the office's commands."""
    add = command("import", import_file, "add or update registry rows from an XLSX, CSV or JSON file")
    add("file", type=Path, help="XLSX or CSV with the columns of `export`, or JSON: an object of lists "
        f"({', '.join(registry.Import.__struct_fields__)})")  # fmt: skip
    add("--dry-run", action="store_true", help="only tell what it would do")
    add("--kind", choices=KINDS, help="what a CSV holds, if its columns do not say so")
    add = command("export", export_file, "write registry rows to a new XLSX or CSV file")
    add("file", type=Path, help="its suffix says which: .xlsx or .csv")
    add("--kind", choices=KINDS, help="only this kind; a CSV holds one")


def import_file(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Add or update rows; all or nothing."""
    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise CommandError(
            f"{options.file}: cannot read this file ({error.strerror}).",
            FAILED,
            vi=f"{options.file}: không đọc được tệp này ({error.strerror}).",
        ) from error
    if options.file.suffix.lower() in (".xlsx", ".csv"):
        return _import_tables(settings, options, data)
    try:
        rows = msgspec.json.decode(data, type=registry.Import)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{options.file}: {error}; nothing was imported.",
            vi=f"{options.file}: không đọc được dữ liệu; chưa nhập gì.",
        ) from error
    if options.dry_run:
        raise CommandError(
            "--dry-run is for XLSX and CSV; nothing was imported.",
            vi="--dry-run chỉ dùng cho XLSX và CSV; chưa nhập gì.",
        )
    engine = setup.open_database(settings)
    try:
        counts = staging.work(
            engine,
            lambda connection: registry.import_rows(connection, rows, who(), now_ms()),
            lambda _counts: True,
        )
    finally:
        engine.dispose()
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    return counts, f"Imported {told or 'nothing'}."


def _import_tables(settings: Settings, options: Options, data: bytes) -> tuple[dict[str, Any], str]:
    try:
        tables = sheets.read(options.file.name, data, _progress("đọc / reading"))
    except sheets.SheetError as error:
        raise CommandError(str(error), FAILED, vi=f"{options.file}: {error.vi}") from error
    engine = setup.open_database(settings)
    try:
        report = imports.run(
            engine, tables, who(), now_ms(), settings.stamps.gs1_prefix, options.kind or "", not options.dry_run, _progress("xem / looking"),
        )  # fmt: skip
    finally:
        engine.dispose()
    if not report.good:
        told = f"{options.file}: chưa nhập gì / nothing was imported.\n{_problems(report)}"
        raise CommandError(told, NO, vi=told)
    told = "\n".join(
        f"{KINDS[name].one[1]}: {count.new} new, {count.changed} changed, {count.same} unchanged"
        for name, count in report.counts.items()
    )
    counts = {name: count._asdict() for name, count in report.counts.items()}
    done = "would be imported; nothing was stored" if options.dry_run else "imported"
    return {"dry_run": options.dry_run, "counts": counts}, f"{told}\n{options.file}: {done}."


def _problems(report: Report) -> str:
    if not report.problems:
        return " / ".join(report.nothing)
    lines = [
        f"{problem.sheet}, dòng/row {problem.row}"
        + (f", cột/column {problem.column} ({problem.header})" if problem.column else "")
        + f": {problem.vi} / {problem.en}"
        for problem in report.problems
    ]
    return "\n".join(lines + ([f"và {report.more} lỗi nữa / and {report.more} more"] if report.more else []))


def _progress(what: str) -> sheets.Progress:
    """Says on a terminal how far it is."""

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{what}: {done:,} / {total:,}" if done < total else "\r\x1b[K")
            sys.stderr.flush()

    return progress


def export_file(settings: Settings, options: Options) -> tuple[dict[str, Any], str]:
    """Write the registry, or a kind of record, as a spreadsheet."""
    path: Path = options.file
    form = path.suffix.lower()
    if form not in (".xlsx", ".csv") or (form == ".csv" and options.kind is None):
        raise CommandError(
            f"{path}: name a file.xlsx, or a file.csv with --kind.",
            vi=f"{path}: đặt tên tệp .xlsx, hoặc .csv kèm --kind.",
        )
    with writing(settings) as connection:
        tables = (
            list(imports.sheets(connection))
            if options.kind is None
            else [imports.sheet(connection, KINDS[options.kind])]
        )
    data = sheets.xlsx_bytes(tables) if form == ".xlsx" else sheets.csv_bytes(tables[0])
    try:
        require_new(path)
        path.write_bytes(data)
    except OSError as error:
        raise CommandError(
            f"{path}: cannot write this file ({error.strerror}).",
            FAILED,
            vi=f"{path}: không ghi được tệp này ({error.strerror}).",
        ) from error
    return {"file": str(path)}, f"Written to {path}."
