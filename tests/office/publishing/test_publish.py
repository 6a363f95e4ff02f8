import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from pyroaring import BitMap
from sqlalchemy import insert, select

from office import registry, schema, stamps
from office.outlets import ingest
from office.publishing import keys, publish
from office.publishing.currents import newest_envelope
from office.publishing.publish import MOST_DELTAS, Publisher
from office.publishing.publisher import SteadyClock, run
from office.settings import Publish
from office.storage import counters, database
from sync import canonical, catalogue, catalogue_files, envelopes


class Outlet:
    """Reads the catalogue as a device does: everything verified against root."""

    def __init__(self, engine, folder, code):
        self.engine, self.folder, self.code, self.version = engine, folder, code, 0

    def pull(self):
        with database.reading(self.engine) as connection:
            root = canonical.decode(connection.execute(select(schema.roots.c.envelope)).scalar_one())
            envelope = newest_envelope(connection, self.code).envelope
        root = catalogue.check_root(root, keys.verify)
        self.current = catalogue.check_current(
            canonical.decode(envelope), root, self.code, self.version, keys.verify
        )
        self.version = self.current["version"]
        self.segments = {segment["name"]: segment for segment in self.current["segments"]}
        return self

    def _opened(self, stack, name):
        for file in catalogue.files(self.segments[name]):
            data = (self.folder / file["sha256"]).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
            yield file["length"], stack.enter_context(gzip.GzipFile(fileobj=io.BytesIO(data)))

    def rows(self, name):
        with ExitStack() as stack:
            return catalogue_files.rows(name, self._opened(stack, name))

    def sold(self, name):
        with ExitStack() as stack:
            (length, lines), *deltas = self._opened(stack, name)
            bitmap, marks = catalogue_files.sold_set(name, length, lines)
            ordinals = set(BitMap.deserialize(bitmap))
            for length, lines in deltas:
                added, removed, newer = catalogue_files.sold_delta(name, length, lines)
                ordinals = (ordinals - set(BitMap.deserialize(removed))) | set(BitMap.deserialize(added))
                marks |= newer
        return ordinals, marks


@pytest.fixture
def segments_folder(office_settings):
    return office_settings.folder / "segments"


@pytest.fixture
def publisher(engine, segments_folder, current_key):
    return Publisher(engine, segments_folder, current_key, Publish())


@pytest.fixture
def outlet(engine, segments_folder):
    return lambda code: Outlet(engine, segments_folder, code)


def test_every_row_has_the_fields_that_devices_read(publisher, outlet, engine, now, gtin):
    with database.writing(engine) as connection:
        registry.recall(connection, "L2", "nhãn sai", "test", now)
        stamps.void(connection, gtin, 90, 91, "mất", "test", now)
        connection.execute(insert(schema.tombstones).values(gtin=gtin, first=1, last=2))
        pattern = {
            "id": "1",
            "pattern": "https://tem.vn/{item}",
            "items": {"a": gtin},
            "last_day": "2027-06-30",
        }
        connection.execute(insert(schema.patterns).values(pattern))
        registry.withdraw(connection, "SP2", date(2026, 11, 1), date(2026, 6, 1), "x", "test", now)
    publisher.publish(now)
    pulled = outlet("HT01").pull()
    assert {name: sorted(pulled.rows(name)[0]) for name in catalogue.KEYS} == {
        name: sorted(fields.split())
        for name, fields in {
            "producers": "id name address commune district phone lat_e5 lon_e5",
            "products": "id name name_en group group_name stars producer commune district ingredients "
            "process storage allergens story decision recognised recognised_until grace_days illustrative "
            "photo",
            "trade_items": "gtin product unit net price stamped mark",
            "batches": "gtin batch first last base k",
            "activations": "gtin first last lot at",
            "lots": "id gtin code produced expires",
            "recalls": "lot at reason",
            "withdrawals": "product on produced_from reason",
            "voids": "gtin first last",
            "tombstones": "gtin first last",
            "contracts": "producer from until grace_days",
            "settings": "name value",
            "patterns": "id pattern items last_day",
        }.items()
    }
    assert pulled.rows("batches") == [
        {"gtin": gtin, "batch": 1, "first": 1, "last": 100, "base": 0, "k": "A"}
    ]
    assert pulled.rows("lots")[1]["expires"] is None
    assert pulled.rows("products")[0]["stars"] == 4


def test_an_outlet_gets_its_own_contracts_and_settings(publisher, outlet, now):
    publisher.publish(now)
    first, second = outlet("HT01").pull(), outlet("HT02").pull()
    assert [row["producer"] for row in first.rows("contracts")] == ["P1"]
    assert [row["producer"] for row in second.rows("contracts")] == ["P2"]
    assert {row["name"]: row["value"] for row in second.rows("settings")} == {
        "no_stamp_action": "refuse",
        "office_name": "Văn phòng OCOP",
        "outlet_address": "",
        "outlet_name": "Điểm 2",
    }
    assert {row["name"]: row["value"] for row in first.rows("settings")}["no_stamp_action"] == "sell_and_flag"
    assert first.segments["products"] == second.segments["products"]


def test_nothing_is_published_without_a_change_until_the_hour_is_over(publisher, now):
    assert [item.outlet for item in publisher.publish(now)] == ["HT01", "HT02"]
    assert publisher.publish(now + 1000) == []
    assert not publisher.due(now + 2000)
    renewed = publisher.publish(now + 3_600_000)
    assert [item.version for item in renewed] == [now + 3_600_000] * 2


def test_a_change_is_due_at_once_and_only_its_outlets_get_a_new_catalogue(publisher, engine, now):
    publisher.publish(now)
    with database.writing(engine) as connection:
        registry.put(
            connection, registry.Setting(name="office_name", value="Văn phòng 2", outlet="HT02"), "test", now
        )
    assert publisher.due(now + 1)
    assert [item.outlet for item in publisher.publish(now + 1)] == ["HT02"]


def test_versions_rise_even_when_the_clock_goes_back(publisher, engine, outlet, now):
    publisher.publish(now)
    device = outlet("HT01").pull()
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "x", "test", now)
    assert {item.version for item in publisher.publish(now - 60_000)} == {now + 1}
    assert device.pull().rows("recalls")[0]["lot"] == "L1"


def test_a_small_change_of_a_large_segment_travels_as_a_delta(publisher, engine, outlet, now):
    producers = [registry.Producer(id=f"N{number:03d}", name=f"Cơ sở {number}") for number in range(500)]
    with database.writing(engine) as connection:
        registry.import_rows(connection, registry.Import(producers=producers), "test", now)
    publisher.publish(now)
    device = outlet("HT01").pull()
    base, newest = device.segments["producers"]["base"], []
    for step in range(1, 3 * MOST_DELTAS):
        with database.writing(engine) as connection:
            registry.put(connection, registry.Producer(id="N007", name=f"Tên mới {step}"), "test", now)
            if step == 1:
                connection.execute(schema.producers.delete().where(schema.producers.c.id == "N008"))
        publisher.publish(now + step)
        rows = {row["id"]: row["name"] for row in device.pull().rows("producers")}
        assert rows["N007"] == f"Tên mới {step}"
        assert "N008" not in rows
        assert len(rows) == 501
        segment = device.segments["producers"]
        assert segment["base"] == base
        assert len(segment["deltas"]) <= MOST_DELTAS
        newest.append(segment["deltas"][-1]["sha256"])
        # Whoever has any of those published so far needs deltas alone.
        for sha256 in newest:
            anew, todo = catalogue.to_apply(segment, {"base": base, "deltas": [{"sha256": sha256}]})
            assert not anew
            assert todo or sha256 == newest[-1]
    assert len(segment["past"]) > MOST_DELTAS


def test_many_changes_at_once_make_a_new_base(publisher, engine, outlet, now):
    publisher.publish(now)
    base = outlet("HT01").pull().segments["producers"]["base"]
    producers = [registry.Producer(id=f"N{number:03d}", name=f"Cơ sở {number}") for number in range(500)]
    with database.writing(engine) as connection:
        registry.import_rows(connection, registry.Import(producers=producers), "test", now)
    publisher.publish(now + 1)
    segment = outlet("HT01").pull().segments["producers"]
    assert segment["deltas"] == []
    assert segment["base"] != base


@pytest.fixture
def many_sold(engine, enrolled, gtin, now):
    """Five hundred stamps sold by HT01A; sell(serial) sells another one."""
    device = enrolled("HT01A")
    with database.writing(engine) as connection:
        stamps.issue(connection, gtin, 60_000, "A", "test", now)
    for serial in range(1, 30_000, 60):
        device.sell(gtin, serial)
    ingest.ingest(engine, device.name, device.segment(), now)

    def write(*entry):
        last = len(device.entries)
        device.undo(*entry) if len(entry) > 1 else device.sell(gtin, *entry)
        ingest.ingest(engine, device.name, device.segment(last + 1), now)

    return write


def test_a_sale_travels_as_a_delta_to_its_own_outlet_first(publisher, many_sold, outlet, gtin, now):
    publisher.publish(now)
    one, two = outlet("HT01").pull(), outlet("HT02").pull()
    everywhere = one.segments["sold_all"]
    many_sold(2)
    assert [item.outlet for item in publisher.publish(now + 5_000)] == ["HT01"]
    assert 1 in one.pull().sold("sold_outlet")[0]
    assert one.sold("sold_outlet")[1]["HT01A"][0] == 501
    assert one.segments["sold_all"] == everywhere
    assert len(one.segments["sold_outlet"]["deltas"]) == 1
    assert not publisher.due(now + 59_000)
    assert publisher.due(now + 60_000)
    assert {item.outlet for item in publisher.publish(now + 60_000)} == {"HT01", "HT02"}
    assert 1 in two.pull().sold("sold_all")[0]
    assert two.segments["sold_all"]["base"] == everywhere["base"]
    assert not publisher.due(now + 200_000)


def test_what_was_undone_is_sold_nowhere_at_once(publisher, many_sold, outlet, gtin, now):
    publisher.publish(now)
    many_sold("void", "HT01A", 1, gtin, 1)
    publisher.publish(now + 5_000)
    one = outlet("HT01").pull()
    assert 0 not in one.sold("sold_outlet")[0]
    assert 0 not in one.sold("sold_all")[0]  # else it would be sold elsewhere


def test_deltas_of_a_sold_set_merge_to_the_same_set(publisher, many_sold, outlet, now):
    publisher.publish(now)
    device = outlet("HT01").pull()
    base = device.segments["sold_outlet"]["base"]
    sold = device.sold("sold_outlet")[0]
    for step in range(20):
        many_sold(2 + 60 * step)
        publisher.publish(now + 5_000 * step)
        sold.add(1 + 60 * step)
        if device.pull().segments["sold_outlet"]["base"] != base:
            break
        assert device.sold("sold_outlet")[0] == sold
    assert len(device.segments["sold_outlet"]["deltas"]) <= MOST_DELTAS
    assert device.sold("sold_outlet")[0] == sold


def test_a_lost_file_is_written_again(publisher, engine, outlet, segments_folder, now):
    publisher.publish(now)
    lost = outlet("HT01").pull().segments["producers"]["base"]["sha256"]
    (segments_folder / lost).unlink()
    publisher.publish(now + 1)
    assert outlet("HT01").pull().rows("producers")


def test_a_lost_file_of_a_sold_set_is_written_again_where_nothing_more_was_sold(
    publisher, many_sold, outlet, segments_folder, now
):
    for step in range(3):  # by then it goes by what it found in the files
        publisher.publish(now + step)
    before = outlet("HT01").pull().segments["sold_outlet"]
    (segments_folder / before["base"]["sha256"]).unlink()
    assert publisher.publish(now + 3) == []  # the very same file again
    device = outlet("HT01").pull()
    assert (device.segments["sold_outlet"], 0 in device.sold("sold_outlet")[0]) == (before, True)


def test_sold_sets_are_exact_and_say_up_to_where(publisher, engine, enrolled, outlet, gtin, now):
    first, second, third = enrolled("HT01A"), enrolled("HT01B"), enrolled("HT02A", "HT02")
    first.sell(gtin, 1)
    first.sell(gtin, 5)
    first.scan(gtin, 6)
    second.sell(gtin, 2)
    third.sell(gtin, 5)  # a copy
    third.sell("08930000000033", None)  # goods without a stamp
    for device in (first, second, third):
        ingest.ingest(engine, device.name, device.segment(), now)
    publisher.publish(now)
    one, two = outlet("HT01").pull(), outlet("HT02").pull()
    marks = {
        device.name: [len(device.entries), device.hash_at(len(device.entries)).hex()]
        for device in (first, second, third)
    }
    assert one.sold("sold_all") == ({0, 1, 4}, {})
    assert one.sold("sold_twice") == ({4}, {})
    own = {name: marks[name] for name in ("HT01A", "HT01B")}
    assert one.sold("sold_outlet") == ({0, 1, 4}, own)
    assert two.sold("sold_outlet") == ({4}, {"HT02A": marks["HT02A"]})


def test_one_stamp_sold_twice_at_one_outlet_is_in_sold_twice(publisher, engine, enrolled, outlet, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 3)
    device.sell(gtin, 3)
    ingest.ingest(engine, device.name, device.segment(), now)
    publisher.publish(now)
    assert outlet("HT01").pull().sold("sold_twice")[0] == {2}


def test_scans_alone_publish_nothing_and_sales_wait_a_little(publisher, engine, enrolled, gtin, now):
    publisher.publish(now)
    device = enrolled("HT01A")
    device.scan(gtin, 1)
    ingest.ingest(engine, device.name, device.segment(), now)
    assert not publisher.due(now + 10_000)
    device.sell(gtin, 1)
    ingest.ingest(engine, device.name, device.segment(2), now)
    assert not publisher.due(now + 4_000)
    assert publisher.due(now + 5_000)


def test_files_of_old_catalogues_go_after_a_day(publisher, engine, segments_folder, outlet, now):
    publisher.publish(now)
    before = {path.name for path in segments_folder.iterdir()}
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "x", "test", now)
    publisher.publish(now + 1)
    assert publisher.clean(now + 2) == 0
    later = now + 90_000_000
    publisher.publish(later)
    assert publisher.clean(later) == 1
    assert len(before - {path.name for path in segments_folder.iterdir()}) == 1
    assert outlet("HT01").pull().rows("recalls")


def test_no_change_of_one_byte_goes_unseen(publisher, engine, now):
    publisher.publish(now)
    with database.reading(engine) as connection:
        root = canonical.decode(connection.execute(select(schema.roots.c.envelope)).scalar_one())["signed"]
        envelope = newest_envelope(connection, "HT01").envelope
    altered = canonical.decode(envelope)
    altered["signed"]["issued"] += 1
    with pytest.raises(envelopes.SyncError):
        catalogue.check_current(altered, root, "HT01", 0, keys.verify)


def test_the_publisher_process_publishes_changes_and_ends_with_its_stdin(engine, config, now):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-m", "office.publishing.publisher", "--config", str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert json.loads(process.stdout.readline())["outlets"] == ["HT01", "HT02"]
        with database.writing(engine) as connection:
            registry.put(
                connection, registry.Setting(name="office_name", value="x", outlet="HT02"), "test", 0
            )
        assert json.loads(process.stdout.readline())["outlets"] == ["HT02"]
        process.stdin.close()
        assert process.wait(30) == 0


def test_counters_are_what_they_were_after_a_rollback(engine):
    with database.reading(engine) as connection:
        before = counters.read(connection)
    with pytest.raises(RuntimeError), database.writing(engine) as connection:
        counters.raise_by(connection, counters.SOLD)
        raise RuntimeError
    with database.reading(engine) as connection:
        assert counters.read(connection) == before


def withdraw(engine, product, now):
    with database.writing(engine) as connection:
        registry.withdraw(connection, product, date(2026, 11, 23), None, "x", "test", now)


def test_a_withdrawal_overtakes_a_publication_that_is_under_way(publisher, engine, outlet, now, monkeypatch):
    monkeypatch.setattr(publish, "_AT_ONCE", 1)
    codes = ["HT01", "HT02", "HT03", "HT04"]
    with database.writing(engine) as connection:
        more = registry.Import(outlets=[registry.Outlet(code=code, name=code) for code in codes[2:]])
        registry.import_rows(connection, more, "test", now)
    publisher.publish(now)
    with database.writing(engine) as connection:
        registry.put(connection, registry.Setting(name="office_name", value="Văn phòng mới"), "test", now)
    told = []

    def pulled(code):
        device = outlet(code).pull()
        name = next(row["value"] for row in device.rows("settings") if row["name"] == "office_name")
        return [row["product"] for row in device.rows("withdrawals")], name

    def tell(published):
        told.extend(published)
        if len(told) == 1:  # HT01 has the new setting, and three outlets wait for it
            withdraw(engine, "SP1", now)
            assert publisher.urgent()
            publisher.publish_endings(now + 2, tell)
            assert not publisher.urgent()
            assert [pulled(code) for code in codes] == [
                (["SP1"], "Văn phòng mới"),
                *[(["SP1"], "Văn phòng OCOP")] * 3,
            ]

    publisher.publish(now + 1, tell)
    assert [one.outlet for one in told] == ["HT01", *codes, *codes[1:]]
    first, ending, later = told[0].version, told[1].version, told[5].version
    assert [one.version for one in told] == [first, *[ending] * 4, *[later] * 3] and first < ending < later
    # What was begun before the withdrawal does not take it back.
    assert [pulled(code) for code in codes] == [(["SP1"], "Văn phòng mới")] * 4
    with database.reading(engine) as connection:
        row = connection.execute(select(schema.published_endings)).one()
    assert (row.key, row.version) == ("SP1", ending)
    assert publisher.publish(now + 3) == []


def test_the_process_publishes_a_withdrawal_while_it_works_on_everything(publisher, engine, now, monkeypatch):
    publisher.publish(now)
    stop, at_work, out = threading.Event(), threading.Event(), threading.Event()

    def work_long(_now, _tell):
        at_work.set()
        assert out.wait(120), "the withdrawal waited for the end"

    def ahead(now, _tell):
        Publisher.publish_endings(publisher, now)
        out.set()

    monkeypatch.setattr(publisher, "due", lambda _: not out.is_set())
    monkeypatch.setattr(publisher, "publish", work_long)
    monkeypatch.setattr(publisher, "publish_endings", ahead)
    running = threading.Thread(target=run, args=(publisher, 1, stop, lambda _: None))
    running.start()
    try:
        assert at_work.wait(120)
        withdraw(engine, "SP1", now)
        assert out.wait(120)
    finally:
        stop.set()
        running.join()
    assert not publisher.urgent()


def test_a_clock_that_leapt_deletes_nothing_until_it_has_gone_evenly_for_an_hour():
    clock, hour, year = SteadyClock(), 3600, 365 * 86_400
    assert [clock.steady(at * 1000, at) for at in (0, hour - 60, hour)] == [False, False, True]
    assert not clock.steady((hour + 60 + year) * 1000, hour + 60)  # a year ahead
    assert not clock.steady((hour + 120) * 1000, hour + 120)  # and back
    assert [clock.steady(at * 1000, at) for at in (2 * hour, 2 * hour + 120)] == [False, True]
