import json

import pytest
from sqlalchemy import select

from office import schema
from office.outlets import marks
from office.outlets.ingest import UnknownPrevError, ingest
from office.publishing import contents
from office.storage import database
from sync import canonical, damage, journal, segments
from sync.damage import Kept
from sync.envelopes import SyncError


@pytest.fixture
def push(engine, now):
    """Send a device's entries; the acknowledgement must be for the device's own hash."""

    def send(device, first=1, last=None):
        ack = ingest(engine, device.name, device.segment(first, last), now)
        assert ack.hash == device.hash_at(ack.seq)
        return ack

    return send


@pytest.fixture
def rows(engine):
    def read(table, *columns):
        with database.reading(engine) as connection:
            wanted = [table.c[name] for name in columns]
            return [tuple(row) for row in connection.execute(select(*wanted).order_by(*wanted))]

    return read


@pytest.fixture
def alerts(rows):
    return lambda: [kind for (kind,) in rows(schema.alerts, "kind")]


def test_entries_are_kept_as_the_exact_bytes(enrolled, push, engine, gtin):
    device = enrolled("HT01A")
    device.add("device_started", {"v": 1, "version": "0.1.0", "clock": "sure"})
    device.sell(gtin, 1)
    ack = push(device)
    assert (ack.seq, ack.new) == (2, 2)
    with database.reading(engine) as connection:
        stored = connection.execute(select(schema.entries).order_by(schema.entries.c.seq)).all()
        head = connection.execute(select(schema.devices.c.head_seq, schema.devices.c.head_hash)).one()
        checkpoint = connection.execute(select(schema.checkpoints.c.envelope)).scalar_one()
    assert [(row.header, row.body, row.hash, row.state, row.branch) for row in stored] == [
        (header, body, digest, "ok", 0) for header, body, digest in device.entries
    ]
    assert tuple(head) == (2, device.hash_at(2))
    assert canonical.decode(checkpoint) == device.checkpoint(2)


def test_sent_again_nothing_is_stored_twice(enrolled, push, rows, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.scan(gtin, 2)
    assert push(device).new == 2
    assert push(device).new == 0
    device.sell(gtin, 2)
    assert push(device).new == 1  # overlapping what is known
    assert push(device, 3).new == 0
    assert rows(schema.entries, "seq") == [(1,), (2,), (3,)]
    assert rows(schema.sale_lines, "seq", "gtin", "serial", "ordinal") == [(1, gtin, 1, 0), (3, gtin, 2, 1)]
    assert rows(schema.scans, "seq", "verdict", "reader") == [(2, "genuine", "camera-shopper")]
    assert rows(schema.sales, "seq", "outlet", "total", "staff") == [
        (1, "HT01", 185000, "An"),
        (3, "HT01", 185000, "An"),
    ]


def test_a_segment_after_an_unknown_entry_is_asked_for_from_earlier(enrolled, push, rows, gtin):
    device = enrolled("HT01A")
    for serial in range(1, 6):
        device.sell(gtin, serial)
    push(device, 1, 2)
    with pytest.raises(UnknownPrevError) as refused:
        push(device, 5)
    assert refused.value.wanted_seq == 3
    assert rows(schema.entries, "seq") == [(1,), (2,)]
    assert push(device, 3).seq == 5


def test_a_segment_that_begins_with_another_past_is_asked_for_from_its_start(enrolled, engine, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    entry = Kept(1, *device.entries[0], False)
    data, _ = segments.pack(device.name, bytes([1]) * 32, [entry], device.checkpoint)
    with pytest.raises(UnknownPrevError) as refused:
        ingest(engine, device.name, data, now)
    assert refused.value.wanted_seq == 1


def test_a_fork_keeps_both_branches_and_raises_the_alarm(enrolled, push, rows, alerts, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    twin = device.copy()
    device.sell(gtin, 2)
    push(device, 2)
    twin.sell(gtin, 3)
    twin.sell(gtin, 4)
    assert push(twin, 2, 2).new == 1
    assert push(twin, 3).new == 1  # goes on along its own branch
    device.sell(gtin, 5)
    push(device, 3)
    assert sorted(rows(schema.entries, "seq", "branch", "hash")) == sorted(
        [
            (1, 0, device.hash_at(1)),
            (2, 0, device.hash_at(2)),
            (3, 0, device.hash_at(3)),
            (2, 1, twin.hash_at(2)),
            (3, 1, twin.hash_at(3)),
        ]
    )
    assert alerts() == ["fork"]
    assert rows(schema.devices, "state", "head_seq", "head_hash") == [("forked", 3, device.hash_at(3))]
    # What was sold before the fork was known counts; the rest waits for a person.
    assert rows(schema.sales, "seq", "held") == [(1, False), (2, False), (2, True), (3, True), (3, True)]
    assert rows(schema.devices, "mark_seq") == [(2,)]


def test_a_journal_begun_again_under_the_same_key_is_a_fork(enrolled, push, make_device, alerts, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    again = make_device("HT01A")
    again.sell(gtin, 2)
    push(again)
    assert alerts() == ["fork"]


def test_a_fork_within_a_segment_that_begins_with_known_entries(enrolled, push, rows, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    twin = device.copy()
    device.sell(gtin, 2)
    push(device)
    twin.sell(gtin, 3)
    push(twin)
    assert rows(schema.entries, "seq", "branch") == [(1, 0), (2, 0), (2, 1)]


MALFORMED = {
    "a body that is no JSON": lambda device: device.add("sale", b"no JSON"),
    "a body in another order": lambda device: device.add("scan", b'{"v":1,"a":1}'),
    "a body without version": lambda device: device.add("access", {"staff": "An"}),
    "a sale without lines": lambda device: device.add("sale", {"v": 1, "staff": "An"}),
    "a total beyond all bounds": lambda device: device.sell("08930000000019", 1, total="185000"),
    "a header that is no JSON": lambda device: device.add_raw(b'head,"body_sha256":"er', b"body"),
    "a header of another seq": lambda device: device.add_raw(
        device.entries[0][0].replace(b'"seq":1', b'"seq":7'), device.entries[0][1]
    ),
    "a header of another device": lambda device: device.add_raw(
        device.entries[0][0].replace(b"HT01A", b"HT01Z").replace(b'"seq":1', b'"seq":2'), device.entries[0][1]
    ),
}


@pytest.mark.parametrize("make", MALFORMED.values(), ids=MALFORMED)
def test_what_cannot_be_read_is_set_apart_and_acknowledged(enrolled, push, rows, alerts, gtin, make):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    make(device)
    device.sell(gtin, 2)
    assert push(device).seq == 3
    assert rows(schema.entries, "seq", "state") == [(1, "ok"), (2, "quarantined"), (3, "ok")]
    assert rows(schema.entries, "seq", "body")[1] == (2, device.entries[1][1])
    assert rows(schema.sales, "seq") == [(1,), (3,)]
    assert alerts() == ["quarantined"]
    assert rows(schema.devices, "mark_seq") == [(3,)]
    assert push(device).new == 0
    assert alerts() == ["quarantined"]


def test_a_body_that_was_altered_on_disk_is_marked_damaged(enrolled, push, rows, alerts, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    header, body, digest = device.entries[0]
    device.entries[0] = (header, body.replace(b"An", b"Ba"), digest)
    assert push(device).seq == 1
    assert rows(schema.entries, "state") == [("damaged",)]
    assert rows(schema.sales, "seq") == []
    assert alerts() == ["damaged"]


def with_damage(device, seq, body=b"spoilt"):
    """The device's journal as a segment in which entry `seq` travels as damaged."""
    kept = [Kept(n, *entry, False) for n, entry in enumerate(device.entries, 1)]
    header, _, digest = device.entries[seq - 1]
    kept[seq - 1] = Kept(seq, None if body is None else header, body, None if body is None else digest, True)
    return segments.pack(device.name, journal.START, kept, device.checkpoint)[0]


def test_a_damaged_entry_that_comes_whole_after_all_takes_its_place(
    enrolled, engine, push, rows, alerts, gtin, now
):
    device = enrolled("HT01A")
    for serial in (1, 2, 3):
        device.sell(gtin, serial)
    ingest(engine, device.name, with_damage(device, 2), now)
    assert rows(schema.sales, "seq") == [(1,), (3,)]
    assert alerts() == ["damaged"]
    assert push(device).new == 0
    assert rows(schema.entries, "seq", "state", "body")[1] == (2, "ok", device.entries[1][1])
    assert rows(schema.sales, "seq", "held") == [(1, False), (2, False), (3, False)]
    assert rows(schema.alerts, "kind", "closed_by") == [("damaged", "office")]
    ingest(engine, device.name, with_damage(device, 2), now)  # what was healed stays so
    assert push(device).new == 0
    assert rows(schema.sales, "seq") == [(1,), (2,), (3,)]
    assert rows(schema.entries, "state") == [("ok",)] * 3


def marks_of(engine):
    with database.reading(engine) as connection:
        return contents.Sold(connection).marks("sold_outlet", "HT01")


def test_the_mark_passes_what_was_set_apart_and_names_it(enrolled, engine, push, rows, gtin, now):
    device = enrolled("HT01A")
    for serial in range(1, 8):
        device.sell(gtin, serial)
    kept = [Kept(n, *entry, False) for n, entry in enumerate(device.entries, 1)]
    for seq in (2, 4, 5, 7):
        header, _, digest = device.entries[seq - 1]
        kept[seq - 1] = Kept(seq, header, b"spoilt", digest, True)
    data, _ = segments.pack(device.name, journal.START, kept, device.checkpoint)
    ingest(engine, device.name, data, now)
    # Up to the last one that was read: whoever follows this journal has it.
    assert marks_of(engine) == {"HT01A": [6, device.hash_at(6).hex(), [[2, 2], [4, 5]]]}
    push(device)
    device.sell(gtin, 8)
    push(device)
    assert marks_of(engine) == {"HT01A": [8, device.hash_at(8).hex()]}


def test_a_lost_entry_that_came_after_all_is_not_named(enrolled, engine, push, gtin, now):
    device = enrolled("HT01A")
    for serial in (1, 2, 3):
        device.sell(gtin, serial)
    ingest(engine, device.name, with_damage(device, 2, None), now)
    assert marks_of(engine) == {"HT01A": [3, device.hash_at(3).hex(), [[2, 2]]]}
    push(device)
    assert marks_of(engine) == {"HT01A": [3, device.hash_at(3).hex()]}


def test_the_mark_stops_where_it_would_have_to_name_too_much(enrolled, engine, push, gtin, now):
    device = enrolled("HT01A")
    for number in range(marks.MOST_APART):
        device.sell(gtin, number + 1)
        device.add("sale", b"no JSON")
    device.sell(gtin, 99)
    push(device)
    seq = 2 * marks.MOST_APART + 1
    assert marks_of(engine)["HT01A"][0] == seq
    device.add("sale", b"no JSON")
    device.sell(gtin, 100)
    push(device)
    (mark,) = marks_of(engine).values()
    assert mark[0] == seq and len(mark[2]) == marks.MOST_APART


def test_other_bytes_under_the_hash_of_a_damaged_entry_heal_nothing(enrolled, engine, rows, gtin, now):
    device = enrolled("HT01A")
    for serial in (1, 2, 3):
        device.sell(gtin, serial)
    ingest(engine, device.name, with_damage(device, 1), now)
    header, body, _digest = device.entries[1]
    device.entries[0] = (header.replace(b'"seq":2', b'"seq":1'), body, device.entries[0][2])
    kept = [Kept(n, *entry, False) for n, entry in enumerate(device.entries, 1)]
    with pytest.raises(SyncError):
        ingest(
            engine,
            device.name,
            segments.pack(device.name, journal.START, kept, device.checkpoint, True)[0],
            now,
        )
    assert rows(schema.entries, "seq", "state") == [(1, "damaged"), (2, "ok"), (3, "ok")]
    assert rows(schema.sales, "seq") == [(2,), (3,)]


def test_a_hundred_thousand_damaged_entries_are_one_alert(enrolled, engine, rows, alerts, gtin, now):
    device = enrolled("HT01A")
    many = [Kept(seq, None, None, None, True) for seq in range(1, 100_001)]
    data, _digest = segments.pack(
        device.name, journal.START, many, lambda seq, got: device.checkpoint(seq, got)
    )
    assert ingest(engine, device.name, data, now).seq == 100_000
    assert alerts() == ["lost"]
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.alerts.c.detail)).scalar_one() == {"until": 100_000}


@pytest.mark.parametrize("first", [2**53 - 1, 2**53, 2**62, 2**80])
def test_a_number_beyond_all_bounds_costs_nothing(enrolled, engine, push, rows, gtin, now, first):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    push(device)
    lost = [Kept(first, None, None, None, True)]
    data = json.dumps(
        {
            "v": 1, "device": device.name, "from": first, "to": first, "prev_hash": device.hash_at(1).hex(),
            "entries": [damage.wire(one) for one in lost], "checkpoint": None,
        }
    ).encode()  # fmt: skip
    with pytest.raises((SyncError, UnknownPrevError)):
        ingest(engine, device.name, data, now)
    assert rows(schema.entries, "seq") == [(1,)]
    assert len(rows(schema.alerts, "seq")) <= 1
    # A whole entry whose header claims it is set apart at its place.
    device.add_raw(device.entries[0][0].replace(b'"seq":1', b'"seq":%d' % first), device.entries[0][1])
    push(device, 2)
    assert rows(schema.entries, "seq", "state") == [(1, "ok"), (2, "quarantined")]


def test_a_kind_that_nothing_reads_yet_is_judged_and_kept(enrolled, push, engine, rows, alerts, gtin):
    device = enrolled("HT01A")
    device.add("clock_set", {"v": 1, "source": "office", "before": 0, "after": 7})
    push(device)
    assert rows(schema.entries, "state") == [("ok",)]
    assert alerts() == []
    device.add("clock_set", {"v": 1, "source": "office", "before": 0})
    push(device, 2)
    assert rows(schema.entries, "seq", "state") == [(1, "ok"), (2, "quarantined")]
    with database.reading(engine) as connection:
        (detail,) = connection.execute(select(schema.alerts.c.detail)).scalars()
    assert detail == {"problem": "clock_set: after is missing"}


def test_a_checkpoint_for_another_entry_raises_the_alarm_but_blocks_nothing(
    enrolled, engine, alerts, gtin, now
):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    data = device.segment(vouch=lambda seq, _: device.checkpoint(seq, digest=bytes(32)))
    assert ingest(engine, device.name, data, now).seq == 1
    assert alerts() == ["bad_checkpoint"]


def test_a_checkpoint_by_another_key_raises_the_alarm(enrolled, engine, make_device, alerts, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    other = make_device("HT01Z")
    other.entries = device.entries
    other.name = device.name
    ingest(engine, device.name, device.segment(vouch=other.checkpoint), now)
    assert alerts() == ["bad_checkpoint"]


def test_a_segment_of_another_device_is_refused(enrolled, engine, rows, gtin, now):
    device = enrolled("HT01A")
    enrolled("HT01B")
    device.sell(gtin, 1)
    with pytest.raises(SyncError):
        ingest(engine, "HT01B", device.segment(), now)
    assert rows(schema.entries, "seq") == []


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"v":2}', b"\xff"])
def test_what_is_no_segment_is_refused(enrolled, engine, data, now):
    device = enrolled("HT01A")
    with pytest.raises(SyncError) as refused:
        ingest(engine, device.name, data, now)
    assert refused.value.code == "malformed"


def test_a_stamp_sold_twice_is_told_with_both_sales(enrolled, push, engine, rows, gtin):
    first, second = enrolled("HT01A"), enrolled("HT02A", "HT02")
    first.sell(gtin, 1)
    second.sell(gtin, 1)
    push(first)
    push(second)
    push(second)
    told = rows(schema.alerts, "kind", "gtin", "serial", "device", "seq")
    assert told == [("sold_twice", gtin, 1, "HT02A", 1)]
    with database.reading(engine) as connection:
        detail = connection.execute(select(schema.alerts.c.detail)).scalar_one()
    assert detail == {"sales": ["HT01A-1", "HT02A-1"]}


@pytest.mark.parametrize(
    ("verdict", "flagged", "told"),
    [
        ("no_contract", True, True),
        ("expired", True, True),
        ("genuine", True, False),
        ("genuine", False, False),
    ],
)
def test_sales_with_a_reservation_are_told(enrolled, push, rows, gtin, verdict, flagged, told):
    device = enrolled("HT01A")
    device.sell(gtin, 1, verdict=verdict, flagged=flagged)
    push(device)
    assert rows(schema.alerts, "kind", "gtin", "serial") == ([("sold_flagged", gtin, 1)] if told else [])
    assert rows(schema.sales, "flagged") == [(flagged,)]


def test_a_sale_that_does_not_add_up_is_kept_and_told(enrolled, push, rows, alerts, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1, total=1000)
    push(device)
    assert rows(schema.sales, "total") == [(1000,)]
    assert alerts() == ["wrong_total"]


def test_a_serial_in_no_batch_has_no_ordinal(enrolled, push, rows, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 4711)
    push(device)
    assert rows(schema.sale_lines, "serial", "ordinal") == [(4711, None)]


def test_a_shoppers_report_is_an_alert(enrolled, push, rows, gtin):
    device = enrolled("HT01A")
    body = {"v": 1, "verdict": "genuine", "gtin": gtin, "serial": 3, "reason": "tem rách"}
    device.add("report", body)
    push(device)
    assert rows(schema.alerts, "kind", "gtin", "serial", "seq") == [("shopper_report", gtin, 3, 1)]


FAIL = ("CREATE TRIGGER fail BEFORE UPDATE ON devices BEGIN SELECT RAISE(ABORT, 'disk full'); END",)
FAIL_POSTGRESQL = (
    "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$",
    "CREATE TRIGGER fail BEFORE UPDATE ON devices FOR EACH ROW EXECUTE FUNCTION fail()",
)


def test_a_failure_in_the_middle_stores_nothing(enrolled, push, engine, rows, gtin):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    device.sell(gtin, 2)
    # A trigger stands for any failure at the last step.
    sqlite = engine.dialect.name == "sqlite"
    with database.writing(engine) as connection:
        for statement in FAIL if sqlite else FAIL_POSTGRESQL:
            connection.exec_driver_sql(statement)
    with pytest.raises(Exception, match="disk full"):
        push(device)
    assert rows(schema.entries, "seq") == []
    assert rows(schema.sales, "seq") == []
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DROP TRIGGER fail" if sqlite else "DROP TRIGGER fail ON devices")
    assert push(device).new == 2


def test_a_text_that_postgresql_cannot_hold_is_set_apart_on_both_databases(
    enrolled, push, rows, alerts, gtin
):
    device = enrolled("HT01A")
    device.add("cash_moved", {"v": 1, "staff": "A\0", "direction": "in", "amount": 1, "reason": "x"})
    device.sell(gtin, 1)
    assert push(device).seq == 2
    assert rows(schema.entries, "seq", "state") == [(1, "quarantined"), (2, "ok")]
    assert alerts() == ["quarantined"]
