"""Partitions by time: made ahead, read only where they matter, and caught up with when a clock was wrong."""

import re
from datetime import date, datetime

import alembic.command
import alembic.config
import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from office import schema, setup
from office.books import reports
from office.outlets import ingest
from office.schema import SAME_SALE, sale_lines, sales
from office.storage import database, partitions
from office.times import LOCAL

DAY_MS = 86_400_000


def ms(*when):
    return int(datetime(*when, tzinfo=LOCAL).timestamp()) * 1000


ON_POSTGRESQL = pytest.mark.only_on("postgresql")  # SQLite has whole tables


@pytest.fixture
def made(engine, now):
    """The partitions around `now`, whatever the machine's clock says."""
    partitions.make_ahead(engine, now)
    return engine


@pytest.fixture
def sold(made, enrolled, gtin, now):
    """Store sales at these times (ms UTC), a stamp each from serial 1 on, of a device of that name."""

    def sell(name, *times):
        device = enrolled(name)
        for serial, at in enumerate(times, 1):
            device.sell(gtin, serial)
            header, body, _ = device.entries.pop()
            device.add_raw(header.replace(b'"at":%d' % now, b'"at":%d' % at), body)
        ingest.ingest(made, name, device.segment(), now)

    return sell


def touched(engine, query):
    """The tables and partitions that PostgreSQL would read."""
    sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with database.reading(engine) as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {sql}").scalars())
    return set(re.findall(r" on (\w+)", plan))


def places(engine, table):
    """How many rows each partition of `table` holds."""
    with database.reading(engine) as connection:
        query = f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1"
        return dict(connection.execute(text(query)).all())


def test_a_partition_is_a_year_of_sales_or_a_month_of_scans_in_local_time():
    day = date(2026, 12, 31)
    assert partitions.partition("sales", day) == ("sales", "sales_2026", ms(2026, 1, 1), ms(2027, 1, 1))
    assert partitions.partition("scans", day) == (
        "scans", "scans_2026_12", ms(2026, 12, 1), ms(2027, 1, 1),
    )  # fmt: skip
    assert partitions.partition("scans", day, 1).name == "scans_2027_01"
    assert partitions.partition("scans", date(2026, 1, 1), -1).name == "scans_2025_12"


@ON_POSTGRESQL
def test_whatever_is_near_has_a_partition_before_it_comes(made, now):
    assert partitions.make_ahead(made, now) == []
    assert {one.name for one in partitions.make_ahead(made, ms(2031, 1, 15))} == {
        "sales_2030", "sales_2031", "sales_2032", "sale_lines_2030", "sale_lines_2031", "sale_lines_2032",
        "scans_2030_12", "scans_2031_01", "scans_2031_02",
    }  # fmt: skip


@ON_POSTGRESQL
def test_the_report_of_a_month_reads_only_its_partition(made):
    start, end = ms(2026, 11, 1), ms(2026, 12, 1)
    month = (
        select(sale_lines.c.gtin, func.sum(sale_lines.c.amount))
        .join_from(sale_lines, sales, SAME_SALE)
        .where(sales.c.at >= start, sales.c.at < end, sale_lines.c.at >= start, sale_lines.c.at < end)
        .group_by(sale_lines.c.gtin)
    )
    read = {name for name in touched(made, month) if name.startswith("sale")}
    assert read == {"sales_2026", "sale_lines_2026"}
    scans = select(func.count()).where(schema.scans.c.at >= start, schema.scans.c.at < end)
    assert touched(made, scans) == {"scans_2026_11"}


@ON_POSTGRESQL
def test_the_list_of_receipts_from_a_day_on_reads_no_older_year(made):
    asked = []
    event.listen(
        made, "before_cursor_execute", lambda _c, _cursor, sql, values, *_: asked.append((sql, values))
    )
    with database.reading(made) as connection:
        reports.sales(connection, ms(2026, 11, 1))
    plans = []
    with database.reading(made) as connection:
        for sql, values in asked[:]:
            plans += connection.exec_driver_sql(f"EXPLAIN {sql}", values).scalars()
    assert any("sales_2026" in line for line in plans)
    # Its pieces are looked up receipt by receipt.
    assert not [line for line in plans if " sales" in line and "_2025" in line]


@ON_POSTGRESQL
def test_rows_of_a_mad_clock_are_kept_and_move_when_their_time_comes(sold, engine, now):
    ahead = ms(2040, 6, 1)
    sold("HT01A", now, ahead, 5 * DAY_MS)
    assert places(engine, "sales") == {"sales_2026": 1, "sales_default": 2}
    assert places(engine, "sale_lines") == {"sale_lines_2026": 1, "sale_lines_default": 2}
    partitions.make_ahead(engine, ms(2040, 1, 1))
    assert places(engine, "sales") == {"sales_2026": 1, "sales_2040": 1, "sales_default": 1}
    assert places(engine, "sale_lines") == {
        "sale_lines_2026": 1,
        "sale_lines_2040": 1,
        "sale_lines_default": 1,
    }


@ON_POSTGRESQL
def test_tables_in_use_are_not_waited_for_and_nothing_is_half_made(made, office_settings):
    then = ms(2050, 1, 1)
    with database.writing(made) as busy:
        busy.execute(text("LOCK TABLE sale_lines IN ROW EXCLUSIVE MODE"))  # as while sales are stored
        with pytest.raises(OperationalError):
            partitions.make_ahead(made, then)
        setup.open_database(office_settings).dispose()
    assert len(partitions.make_ahead(made, then)) == 9


@ON_POSTGRESQL
def test_an_old_year_can_be_detached_and_selling_goes_on(sold, engine, now):
    sold("HT01A", ms(2025, 3, 1), now)
    with database.writing(engine) as connection:
        for statement in (
            "ALTER TABLE sale_lines DETACH PARTITION sale_lines_2025",
            "ALTER TABLE sales DETACH PARTITION sales_2025",
        ):
            connection.execute(text(statement))
    sold("HT01B", now)
    assert places(engine, "sales") == {"sales_2026": 2}
    assert places(engine, "sales_2025") == {"sales_2025": 1}


@ON_POSTGRESQL
def test_what_was_detached_last_month_is_not_made_again_and_what_comes_late_is_kept(sold, engine, now):
    before = ms(2025, 12, 31)
    sold("HT01A", before)
    with database.writing(engine) as connection:
        for table in ("scans_2026_10", "sale_lines_2025", "sales_2025"):
            parent = re.sub(r"_\d{4}.*", "", table)
            connection.execute(text(f"ALTER TABLE {parent} DETACH PARTITION {table}"))
    assert partitions.make_ahead(engine, now) == []
    sold("HT01B", before)
    assert places(engine, "sales") == {"sales_default": 1}
    with database.writing(engine) as connection:  # its owner has no more use for it
        connection.execute(text("DROP TABLE sale_lines_2025, sales_2025"))
    assert [one.name for one in partitions.make_ahead(engine, now)] == ["sales_2025", "sale_lines_2025"]
    assert places(engine, "sales") == {"sales_2025": 1}


def test_a_sale_is_known_once_by_its_hash_whatever_its_partition(sold, engine, now):
    sold("HT01A", now, ms(2025, 3, 1))
    with database.reading(engine) as connection:
        rows = connection.execute(select(sales.c.seq, sale_lines.c.serial).join(sale_lines, SAME_SALE)).all()
    assert sorted(map(tuple, rows)) == [(1, 1), (2, 2)]


def test_what_was_stored_before_is_all_there_after_the_migration(request, tmp_path):
    for url in urls(request, tmp_path):
        engine = database.open_engine(url)
        config = alembic.config.Config()
        config.set_main_option("script_location", str(database.MIGRATIONS))
        with database.writing(engine) as connection:
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "0008")
            for statement in BEFORE:
                connection.execute(text(statement), {"hash": bytes(32), "at": ms(2026, 11, 23)})
        database.migrate(engine)
        with database.reading(engine) as connection:
            found = connection.execute(
                select(sales.c.total, sale_lines.c.at, sale_lines.c.line).join(sale_lines, SAME_SALE)
            ).all()
            assert sorted(map(tuple, found)) == [(3000, ms(2026, 11, 23), 1), (3000, ms(2026, 11, 23), 2)]
            assert connection.execute(select(schema.scans.c.outlet)).scalars().all() == ["HT01"]
        if engine.dialect.name == "postgresql":
            assert places(engine, "sale_lines") == {"sale_lines_2026": 2}
            assert places(engine, "scans") == {"scans_2026_11": 1}
        engine.dispose()


BEFORE = (
    "INSERT INTO outlets (code, name, address) VALUES ('HT01', 'x', '')",
    "INSERT INTO devices (id, outlet, public, state, enrolled_at, head_seq, mark_seq)"
    " VALUES ('HT01A', 'HT01', 'x', 'active', 0, 2, 0)",
    *(
        "INSERT INTO entries (device, seq, hash, prev_hash, header, body, received_at, state, branch)"
        f" VALUES ('HT01A', {seq}, :hash, :hash, :hash, :hash, :at, 'ok', 0)"
        for seq in (1, 2)
    ),
    'INSERT INTO sales (device, seq, hash, outlet, at, staff, total, "change", flagged, held)'
    " VALUES ('HT01A', 1, :hash, 'HT01', :at, 'An', 3000, 0, false, false)",
    *(
        "INSERT INTO sale_lines (device, seq, hash, line, gtin, qty, price, amount, verdict, flagged)"
        f" VALUES ('HT01A', 1, :hash, {line}, '08930000000019', 1, 1500, 1500, 'genuine', false)"
        for line in (1, 2)
    ),
    "INSERT INTO scans (device, seq, hash, outlet, at, reader, purpose, verdict, action, kind)"
    " VALUES ('HT01A', 2, :hash, 'HT01', :at, 'camera', 'look', 'genuine', 'show', 'stamp')",
)


def urls(request, tmp_path):
    """An empty database of each kind."""
    yield f"sqlite:///{tmp_path / 'before.db'}"
    server, _ = request.getfixturevalue("postgresql")
    yield server.url(server.create())
