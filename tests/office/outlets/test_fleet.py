"""The fleet page: every device by its trouble, from real journals and reports sent as devices send them."""

import json
import zlib

import pytest
from sqlalchemy import insert, select, update

from office import schema
from office.audit import alert
from office.outlets import fleet, health, own_clock
from office.outlets.devices import agree
from office.outlets.health import Disk, Part, Report
from office.outlets.ingest import ingest
from office.storage import database
from sync import canonical

HOUR = 3_600_000


def a_report(**changes):
    told = {"v": 1, "version": "0.1.0", "waiting": 0, "seq": 1, "clock": "sure", "sync": "ok", "catalogue": None,
            "printer": {"state": "ok", "detail": ""}, "readers": {"camera-shopper": {"state": "ok", "detail": ""}},
            "disk": {"free": 20_000_000_000, "size": 32_000_000_000}}  # fmt: skip
    return told | changes


@pytest.fixture
def every(engine, now):
    def read(at=now, hours=48):
        with database.reading(engine) as connection:
            return fleet.every(connection, at, hours)

    return read


@pytest.fixture
def tell(engine, now):
    """A device was just heard and reported."""

    def do(device, at=now, **changes):
        report = health.read(canonical.encode(a_report(**changes)))
        with database.writing(engine) as connection:
            connection.execute(update(schema.devices).where(schema.devices.c.id == device).values(seen_at=at))
            health.keep(connection, device, report, at)

    return do


def send(engine, device, now):
    ingest(engine, device.name, device.segment(), now)


async def test_a_report_is_kept_and_the_next_takes_its_place(server, enrolled, engine, every):
    device = enrolled("HT01A")
    for waiting in (3, 0):
        body = zlib.compress(canonical.encode(a_report(seq=7, waiting=waiting)))
        assert await server.call("POST", "/sync/v1/health", device, body) == (200, {})
    (one,) = every()
    assert (one.report.waiting, one.newest_seq, one.waiting) == (0, 7, 7)  # of 7, none has arrived
    assert one.reported_at == server.now


async def test_a_report_that_is_none_is_refused_and_nothing_is_kept(server, enrolled, every):
    device = enrolled("HT01A")
    wrong = [b"{}", b"no json", canonical.encode(a_report(waiting=-1)), canonical.encode(a_report(printer="ok")),
             canonical.encode(a_report(version="x" * 41)), b"\xff"]  # fmt: skip
    for body in wrong:
        status, answer = await server.call("POST", "/sync/v1/health", device, zlib.compress(body))
        assert (status, answer["reason"]) == (400, "malformed"), body
    status, _ = await server.call("POST", "/sync/v1/health", device, b"not packed")
    assert status == 400
    status, _ = await server.call("POST", "/sync/v1/health", device, b"x" * (health.LARGEST + 1))
    assert status == 413
    status, _ = await server.call(
        "POST", "/sync/v1/health", None, zlib.compress(canonical.encode(a_report()))
    )
    assert status == 401
    assert every()[0].report is None


async def test_a_newer_device_may_say_more(server, enrolled, every):
    body = zlib.compress(canonical.encode(a_report(temperature=61)))
    assert (await server.call("POST", "/sync/v1/health", enrolled("HT01A"), body))[0] == 200
    assert every()[0].report == Report(
        1, "0.1.0", 0, 1, "sure", "ok", Part("ok"), {"camera-shopper": Part("ok")},
        Disk(20_000_000_000, 32_000_000_000),
    )  # fmt: skip


def test_software_and_catalogue_come_from_the_journal_so_from_old_devices_too(engine, enrolled, every, now):
    device = enrolled("HT01A")
    device.add("device_started", {"v": 1, "version": "0.1.0", "clock": "sure"})
    for version in (now - 2, now - 1):
        device.add(
            "catalogue_installed", {"v": 1, "catalogue": version, "sha256": "0" * 64}, at=now + version % 10
        )
    send(engine, device, now)
    (one,) = every()
    assert (one.version, one.catalogue, one.catalogue_at) == ("0.1.0", now - 1, now + (now - 1) % 10)


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({}, None),
        ({"disk": {"free": 400_000_000, "size": 8_000_000_000}}, "disk"),
        ({"printer": {"state": "trouble", "detail": "Hết giấy"}}, "printer"),
        ({"printer": {"state": "missing", "detail": ""}}, "no_printer"),
        ({"readers": {"camera-shopper": {"state": "frozen", "detail": ""}}}, "camera"),
        ({"readers": {"camera-shopper": {"state": "dark", "detail": ""}}}, None),
        ({"clock": "unsure"}, "clock"),
        ({"seq": 501}, "waiting"),
        ({"seq": 500}, None),
    ],
)
def test_what_a_device_reports_is_its_trouble(enrolled, tell, every, changes, trouble):
    enrolled("HT01A")
    tell("HT01A", **changes)
    assert every()[0].troubles == ([trouble] if trouble else [])


@pytest.mark.parametrize("kind", [*fleet.JOURNAL_ALERTS, "sold_flagged"])
def test_an_open_alert_about_its_journal_is_something_to_do(enrolled, tell, every, engine, now, kind):
    enrolled("HT01A")
    tell("HT01A")
    with database.writing(engine) as connection:
        alert(connection, now, kind, "HT01", "HT01A", 1, {})
    assert every()[0].troubles == ([] if kind == "sold_flagged" else ["journal"])
    with database.writing(engine) as connection:
        connection.execute(update(schema.alerts).values(closed_at=now))
    assert every()[0].troubles == []


def test_silence_grows_from_a_word_to_a_problem(enrolled, tell, every, now):
    enrolled("HT01A")
    assert every()[0].troubles == ["never"]
    tell("HT01A")
    assert every(now + 24 * HOUR)[0].troubles == []
    assert every(now + 24 * HOUR + 1)[0].troubles == ["quiet"]
    assert every(now + 48 * HOUR + 1)[0].troubles == ["silent"]
    assert every(now + 48 * HOUR + 1)[0].level == "problem"


def test_a_device_that_never_reports_says_no_more_than_that(engine, enrolled, every, now):
    enrolled("HT01A")
    with database.writing(engine) as connection:
        connection.execute(update(schema.devices).values(seen_at=now))
    assert every()[0].troubles == ["no_report"]


def test_in_contact_and_yet_without_the_newest_catalogue(engine, enrolled, tell, every, now):
    enrolled("HT01A")
    with database.writing(engine) as connection:
        row = {"outlet": "HT01", "issued": now, "sha256": "0" * 64, "envelope": b""}
        connection.execute(insert(schema.catalogue_versions).values(version=now, **row))
    later = now + 2 * HOUR
    tell("HT01A", at=later)
    assert every(later)[0].troubles == []  # it may be fetching it
    assert every(later + 1)[0].troubles == ["behind"]
    assert every(later + 2 * HOUR)[0].troubles == []  # no contact: then that is what to look at
    with database.writing(engine) as connection:
        connection.execute(update(schema.devices).values(catalogue=now))
    assert every(later + 1)[0].troubles == []


def test_older_software_is_named_beside_newer(engine, enrolled, tell, every, now):
    for name, version in (("HT01A", "0.9.3"), ("HT02A", "0.10.0")):
        device = enrolled(name, name[:4])
        device.add("device_started", {"v": 1, "version": version, "clock": "sure"})
        send(engine, device, now)
        tell(name)
    assert [(one.id, one.troubles) for one in every()] == [("HT01A", ["version"]), ("HT02A", [])]


def test_the_worst_comes_first_and_a_device_that_was_followed_or_revoked_is_gone(
    engine, enrolled, tell, every, now
):
    for name in ("HT01A", "HT01B", "HT01C", "HT01D", "HT01E"):
        enrolled(name)
        tell(name)
    tell("HT01B", clock="unsure")
    tell("HT01C", disk={"free": 1, "size": 2}, clock="unsure")
    with database.writing(engine) as connection:
        table = schema.devices
        connection.execute(update(table).where(table.c.id == "HT01D").values(state="revoked"))
        connection.execute(insert(schema.renewals).values(device="HT01E", replaces="HT01A", asked_at=now))
    assert [(one.id, one.troubles) for one in every()] == [
        ("HT01E", ["to_agree"]), ("HT01C", ["disk", "clock"]), ("HT01B", ["clock"]), ("HT01A", []),
    ]  # fmt: skip
    with database.writing(engine) as connection:
        agree(connection, "HT01E", "test", now)
    assert [one.id for one in every()] == ["HT01C", "HT01B", "HT01E"]


async def test_the_page_says_what_to_do_and_filters(desk, enrolled, tell):
    for name, outlet in (("HT01A", "HT01"), ("HT02A", "HT02")):
        enrolled(name, outlet)
        tell(name)
    tell("HT02A", printer={"state": "trouble", "detail": "Hết <giấy>"}, seq=12)
    await desk.log_in("viewer")
    page = await desk.get("/office/fleet")
    assert page.index("HT02A") < page.index("HT01A")
    assert "nhờ nhân viên xem giấy" in page
    assert "Không phải làm gì" in page
    for query, shown in (("level=problem", ["HT02A"]), ("level=ok", ["HT01A"]), ("trouble=printer", ["HT02A"]),
                         ("trouble=disk", []), ("q=điểm+1", ["HT01A"]), ("level=x&page=0", ["HT02A", "HT01A"])):  # fmt: skip
        page = await desk.get(f"/office/fleet?{query}")
        assert [name for name in ("HT02A", "HT01A") if f"/office/fleet/{name}" in page] == shown, query
        answer = json.loads(await desk.get(f"/office/fleet.json?{query.replace('level=x', '')}"))
        assert [one["device"] for one in answer["devices"]] == shown, query
    page = await desk.get("/office/fleet/HT02A")
    assert "Hết &lt;giấy&gt;" in page
    assert "0 / 12" in page
    assert "Chưa ghi điện thoại" in page
    await desk.get("/office/fleet/HT09Z", 404)


async def test_a_silent_device_leads_to_its_alert(desk, enrolled, tell, engine, clock, now):
    from office.alerting import silence

    enrolled("HT01A")
    tell("HT01A")
    clock[0] = now + 49 * HOUR
    silence.look(engine, clock[0], 48)
    with database.reading(engine) as connection:
        number = connection.execute(select(schema.alerts.c.id)).scalar_one()
    await desk.log_in("viewer")
    assert f'href="/office/alerts/{number}"' in await desk.get("/office/fleet/HT01A")


def own(**changes):
    """What a till reports whose clock is its own."""
    return {"office_ahead": None, "follows_office": False} | changes


@pytest.fixture
def ring(enrolled, tell):
    """Tills of one outlet, each with what it reports."""

    def do(*reports):
        for letter, report in zip("ABCDEFGH", reports, strict=False):
            enrolled(f"HT01{letter}")
            tell(f"HT01{letter}", **report)

    return do


YEAR = 365 * 24 * HOUR
WRONG = own(office_ahead=YEAR - HOUR)
NO_WITNESSES = {"unsure": own(office_ahead=YEAR, clock="unsure"), "of before": {}, "follows": own(office_ahead=YEAR, follows_office=True)}  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ((), None),
        ((own(),), None),
        ((WRONG, own()), None),  # no majority
        ((WRONG, WRONG, own()), (YEAR - HOUR, 2, 3, 0)),
        ((own(office_ahead=-YEAR), *NO_WITNESSES.values()), (-YEAR, 1, 1, 1)),
        (tuple(NO_WITNESSES.values()), None),
        ((WRONG, own(office_ahead=YEAR), own(office_ahead=YEAR - 2 * HOUR)), (YEAR - HOUR, 3, 3, 0)),
    ],
)
def test_the_offices_own_clock_is_wrong_if_most_say_so_who_can_tell(ring, every, now, reports, said):
    ring(*reports)
    assert own_clock.doubted(every(), now) == (said and own_clock.OwnClock(*said))


def test_what_was_reported_long_ago_says_nothing_of_the_offices_clock(ring, every, now):
    ring(WRONG)
    assert own_clock.doubted(every(), now + 2 * HOUR) is not None
    assert own_clock.doubted(every(), now + 2 * HOUR + 1) is None


async def test_the_fleet_page_says_first_that_the_offices_own_clock_is_wrong(desk, ring):
    ring(WRONG, own(office_ahead=YEAR, follows_office=True))
    await desk.log_in("viewer")
    page = await desk.get("/office/fleet")
    sentence = "1 trong 1 quầy có đồng hồ chắc chắn thấy nó nhanh 365 ngày; 1 quầy đang theo giờ đó."
    assert page.index(sentence) < page.index("HT01A")
    answer = json.loads(await desk.get("/office/fleet.json?level=problem"))
    assert answer["own_clock"] == {"ahead": YEAR - HOUR, "said_by": 1, "asked": 1, "followed_by": 1}
