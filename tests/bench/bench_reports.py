"""Every report's page with ten million sale lines in the office's own tables, on SQLite and PostgreSQL.

Run: `python tests/bench/bench_reports.py [--lines N] [--database sqlite|postgresql] [--keep DIR]`. The tables are filled
by the database itself: two years of sales in 100 outlets, four lines each, of 300 goods of which few sell most, one sale
in fifty taken back; then the sums are added up as `ocop office recount` does. Cold is the first request of a new process
(the machine's own file cache stays), warm the best and the median of five. What one reads without the sums is beside it.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import aiohttp
from journals import gtin
from sqlalchemy import func, select, text

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))
import postgresql

from office import registry, schema, service, setup
from office.access import accounts
from office.books import rollups, sold_counts
from office.settings import Http, Settings
from office.storage import database, partitions
from office.times import local_date, now_ms

OUTLETS, GOODS, DAYS, PER_SALE = 100, 300, 730, 4
PASSWORD = "một mật khẩu dài"
PAGES = [
    "/office", "/office?period=30d",
    *(f"/office/reports/sales?unit={unit}" for unit in ("day", "week", "month", "quarter", "year")),
    *(f"/office/reports/sales?unit=year&by={by}" for by in ("product", "group", "producer", "commune", "stars")),
    "/office/reports/sales?unit=month&by=product&against=year", "/office/reports/sales?unit=year&outlet=HT001&by=product",
    "/office/reports/scans?unit=week", "/office/reports/scans?unit=year&by=product",
    "/office/reports/stamps?unit=month", "/office/reports/stamps?unit=year&by=producer",
    "/office/reports/recognitions", "/office/reports/targets",
    "/office/reports/monthly?unit=week", "/office/reports/monthly?unit=month", "/office/reports/monthly?unit=year",
]  # fmt: skip
FILES = ["/office/reports/monthly.xlsx", "/office/reports/monthly.csv", "/office/reports/monthly.pdf"]


def fill(engine, lines):
    """The registry, then sales, lines, what came back and looks, in bulk."""
    today = local_date(now_ms())
    start = now_ms() - DAYS * 86_400_000
    dated = {"recognised": today - timedelta(days=400), "recognised_until": today + timedelta(days=200)}
    rows = registry.Import(
        producers=[registry.Producer(id=f"P{n}", name=f"HTX {n}", commune=f"Xã {n % 69}") for n in range(150)],
        products=[
            registry.Product(id=f"SP{n}", name=f"Hàng {n}", producer=f"P{n % 150}", stars=3 + n % 3,
                             group=("TP", "DU", "DL", "TC")[n % 4], illustrative=True, **dated)
            for n in range(GOODS)
        ],
        trade_items=[registry.TradeItem(gtin=gtin(n), product=f"SP{n}", unit="hộp", price=20_000) for n in range(GOODS)],
        outlets=[
            registry.Outlet(code=f"HT{n:03}", name=f"Điểm {n}", lat_e5=1_800_000 + 700 * n, lon_e5=10_540_000 + 900 * n)
            for n in range(OUTLETS)
        ],
        settings=[registry.Setting(name="office_name", value="Văn phòng Hà Tĩnh")],
    )  # fmt: skip
    with database.writing(engine) as connection:
        registry.import_rows(connection, rows, "bench", start)
        devices = [
            {
                "id": f"HT{n:03}A",
                "outlet": f"HT{n:03}",
                "public": f"{n:064x}",
                "state": "active",
                "enrolled_at": start,
            }
            for n in range(OUTLETS)
        ]
        connection.execute(schema.devices.insert(), devices)
        size = lines + 1
        batches = [
            {
                "gtin": gtin(n),
                "first": 1,
                "last": size,
                "base": 1 + n * size,
                "k": "A",
                "issued_at": start,
                "fee": 200,
            }
            for n in range(GOODS)
        ]
        connection.execute(schema.batches.insert(), batches)
        connection.execute(text("CREATE TABLE goods (n INTEGER PRIMARY KEY, gtin TEXT NOT NULL)"))
        connection.execute(
            text("INSERT INTO goods VALUES (:n, :gtin)"), [{"n": n, "gtin": gtin(n)} for n in range(GOODS)]
        )
    if engine.dialect.name == "postgresql":
        for years in range(3):
            partitions.make_ahead(engine, now_ms() - years * 365 * 86_400_000)
    with engine.connect() as connection:
        _sales(connection, lines, start)


def _sales(connection, lines, start):
    pg = connection.dialect.name == "postgresql"
    sales = lines // PER_SALE
    if pg:
        connection.exec_driver_sql(
            "SET session_replication_role = replica"
        )  # no foreign keys: `entries` stays empty
        numbers = f"generate_series(0, {sales - 1}) AS t(n)"
        parts, nothing, name = (
            f"generate_series(1, {PER_SALE}) AS p(l)",
            "decode(repeat('00', 32), 'hex')",
            "'HT' || lpad(({})::text, 3, '0')",
        )
    else:
        raw = connection.connection.driver_connection  # before a transaction begins
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("PRAGMA cache_size = -400000")
        numbers = f"(WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n < {sales - 1}) SELECT n FROM t) t"
        parts, nothing, name = (
            "(SELECT 1 AS l UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) p",
            "zeroblob(32)",
            "printf('HT%03d', {})",
        )
    outlet = name.format(f"n % {OUTLETS}")
    at = f"{start} + n * CAST({DAYS * 86_400_000} AS BIGINT) / {sales}"
    amount = "20000 + g.n * 500"
    # A product by a number that jumps about; its square makes few products sell most.
    draw = f"((CAST(n * {PER_SALE} + l AS BIGINT) * 7919) % 1000003) % {GOODS}"
    chosen = f"({draw}) * ({draw}) / {GOODS}"
    false = "false" if pg else "0"
    indexes = list(schema.sale_lines.indexes)
    for index in indexes:  # made at once when the rows are there, as a load in bulk does
        index.drop(connection)
    for statement in (
        f"INSERT INTO sales (device, seq, hash, at, outlet, staff, total, change, catalogue, flagged, held) "
        f"SELECT {outlet} || 'A', n / {OUTLETS} + 1, {nothing}, {at}, {outlet}, 'An', 0, 0, 0, {false}, {false} FROM {numbers}",
        f"INSERT INTO sale_lines (device, seq, hash, at, line, gtin, serial, ordinal, qty, price, amount, verdict, flagged) "
        f"SELECT x.device, x.seq, x.hash, x.at, x.l, g.gtin, x.serial, g.n * CAST({lines + 1} AS BIGINT) + x.serial, 1, {amount}, {amount}, 'genuine', {false} "
        f"FROM (SELECT {outlet} || 'A' AS device, n / {OUTLETS} + 1 AS seq, {nothing} AS hash, {at} AS at, l, n * {PER_SALE} + l AS serial, "
        f"{chosen} AS chosen FROM {numbers} CROSS JOIN {parts}) x JOIN goods g ON g.n = x.chosen",
        f"INSERT INTO undone_lines (device, seq, hash, line, outlet, sale_device, sale_seq, at, gtin, ordinal, qty, amount, frees, held) "
        f"SELECT device, {sales} + seq, hash, line, substr(device, 1, 5), device, seq, at + 3600000, gtin, ordinal, qty, amount, {'true' if pg else '1'}, {false} "
        f"FROM sale_lines WHERE line = 1 AND seq % 50 = 0",
    ):  # fmt: skip
        began = time.monotonic()
        connection.exec_driver_sql(statement.replace("%", "%%") if pg else statement)
        print(f"    {statement.split()[2]}: {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    for index in indexes:
        index.create(connection)
    print(f"    indexes: {time.monotonic() - began:.0f} s", flush=True)
    if pg:
        connection.exec_driver_sql("ANALYZE")
    began = time.monotonic()
    rollups.rebuild(connection)
    print(f"    sums by day and month added up: {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    sold_counts.recount(connection)
    print(f"    stamps sold by batch counted: {time.monotonic() - began:.0f} s", flush=True)
    connection.exec_driver_sql(
        "INSERT INTO look_rollups SELECT span, start, outlet, gtin, 4 * qty FROM sales_rollups"
    )
    connection.commit()
    if pg:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


async def measure(settings):
    """Ask for every page as an official does; (cold, [warm]) in seconds."""
    app = service.build(settings)
    runner = await service.start(app, "127.0.0.1", 0)
    host = f"http://127.0.0.1:{runner.addresses[0][1]}"
    found = {}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(host, cookie_jar=jar) as client:
        await client.post("/office/login", data={"login": "viewer", "password": PASSWORD})
        for path in [*PAGES, *FILES]:
            times = []
            for _ in range(6):
                began = time.monotonic()
                async with client.get(path, allow_redirects=False) as answer:
                    body = await answer.read()
                    assert answer.status == 200, (path, answer.status, body[:300])
                times.append(time.monotonic() - began)
            found[path] = times[0], times[1:], len(body)
    await runner.cleanup()
    return found


def run(name, url, folder, lines):
    settings = Settings(data=str(folder), database=url, http=Http(port=0))
    made = not (folder / "filled").exists()
    if made:
        engine = setup.initialise(settings, now_ms())
        began = time.monotonic()
        fill(engine, lines)
        with database.writing(engine) as connection:
            accounts.add(connection, "viewer", PASSWORD, "viewer", "Xem", now_ms())
        print(f"  {name}: filled in {time.monotonic() - began:.0f} s", flush=True)
        (folder / "filled").touch()
    else:
        engine = setup.open_database(settings)
    with database.reading(engine) as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar_one()
                  for table in (schema.sale_lines, schema.sales_rollups)]  # fmt: skip
        day = local_date(now_ms()).replace(day=1)
        since = int(time.mktime(day.timetuple())) * 1000
        began = time.monotonic()
        lines_of = schema.sale_lines
        connection.execute(
            select(lines_of.c.gtin, func.sum(lines_of.c.amount))
            .where(lines_of.c.at >= since)
            .group_by(lines_of.c.gtin)
        ).all()
        bare = time.monotonic() - began
    engine.dispose()
    print(
        f"  {name}: {counts[0]:,} sale lines, {counts[1]:,} sums; this month by GTIN from the lines alone: {bare:.2f} s"
    )
    return asyncio.run(measure(settings))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--keep", type=Path, help="a folder for the SQLite office, filled once")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.database or ("sqlite", "postgresql"):
            if name == "sqlite":
                place = options.keep or Path(folder) / "office"
                found[name] = run(name, "", place, options.lines)
            elif postgresql.binaries() is None:
                print("  PostgreSQL is not installed")
            else:
                server = postgresql.Server().start()
                try:
                    found[name] = run(
                        name, server.url(server.create()), Path(folder) / "pg-office", options.lines
                    )
                finally:
                    server.stop()
    print(f"  {'cold / warm best, median, ms':64}" + "".join(f"{name:>24}" for name in found))
    for path in [*PAGES, *FILES]:
        cells = []
        for times in found.values():
            cold, warm, _ = times[path]
            cells.append(
                f"{1000 * cold:7.0f} / {1000 * min(warm):5.0f}, {1000 * statistics.median(warm):5.0f}"
            )
        print(f"  {path:64}" + "".join(f"{cell:>24}" for cell in cells))
    print(f"  load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
