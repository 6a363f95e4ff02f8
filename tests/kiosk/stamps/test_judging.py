"""What the host passes to the verdict, and what becomes of its answer: sales of its own, older stamps."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from pyroaring import BitMap

from config.exits import CommandError
from kiosk.host import commands
from kiosk.host.link.identity import remember
from kiosk.host.stamps.judging import SoldHere
from kiosk.host.stamps.verifying import verify_here
from kiosk.patterns import Patterns
from kiosk.sold import Published
from sync.host.office import Identity
from sync.roaring import Roaring

OLD = "https://tem.hatinh.vn/t/NM/"
FIELDS = {"verdict", "class", "action", "catalogue_age", "catalogue_version", "clock", "text", "provenance"}


async def sell(shop, code):
    """Scan for sale and pay what is in the basket."""
    await shop.outlet.read({"reader": "gun", "text": code})
    body = {
        "basket": shop.till.baskets.shown()["id"],
        "lines": [{"code": code, "qty": 1, "price": 110_000}],
        "payments": [{"kind": "cash", "amount": 200_000}],
    }
    async with shop.session.post("/api/sales", json=body, headers={"Idempotency-Key": code[-20:]}) as answer:
        return answer.status, await answer.json(content_type=None)


def old_stamps(shop):
    row = {"id": "p", "pattern": OLD + "{serial}", "items": {"": shop.gtin}, "last_day": "2098-12-31"}
    shop.held.catalogue.patterns = Patterns([row])


def bodies(shop, kind):
    return [
        json.loads(entry.body)
        for entry in shop.source.read(1, 1000)
        if json.loads(entry.header)["kind"] == kind
    ]


async def test_a_sale_of_this_till_is_told_with_its_number_and_time(clerk):
    _, sold = await sell(clerk, clerk.stamp(1))
    event = await clerk.outlet.scan(clerk.stamp(1), "eye", "shopper", "look")
    assert event["provenance"]["sold"]["number"] == sold["number"]
    assert event["provenance"]["sold"]["at"] == bodies_at(clerk, sold["seq"])


async def test_two_codes_in_one_picture_are_told_by_the_second_event(shop):
    first, second, third = (shop.stamp(serial) for serial in (1, 2, 3))
    events = []
    async with shop.session.get(f"{shop.shopper}/api/events") as stream:
        await stream.content.readuntil(b"\n\n")  # the stream is open
        for text, beside in ((first, [second]), (second, [first]), (third, [first]), (first, [])):
            await shop.outlet.read({"reader": "eye", "text": text, "beside": beside})
            while not (message := await stream.content.readuntil(b"\n\n")).startswith(b"event: verdict"):
                pass
            events.append(json.loads(message.partition(b"data: ")[2]))
    assert [event["beside"] for event in events] == [None, events[0]["at"], None, None]


def bodies_at(shop, seq):
    return json.loads(shop.source.read(seq, 1)[0].header)["at"]


@pytest.mark.parametrize(("digest", "sold"), [("right", False), ("another", True)])
async def test_a_published_mark_counts_only_if_the_journal_has_it(clerk, digest, sold):
    _, answer = await sell(clerk, clerk.stamp(1))
    own = answer["hash"] if digest == "right" else "00" * 32
    empty = Roaring(b"\x3a\x30\x00\x00\x00\x00\x00\x00")
    published = Published(empty, empty, empty, {"HT01A": [answer["seq"], own]}, {})
    known = SoldHere(clerk.db, SimpleNamespace(published=published), "HT01A")
    # The sets say "not sold". Where they hold this device's entries, somebody has undone the sale.
    assert (known.here(clerk.gtin, 1, 0) is not None) is sold


@pytest.mark.parametrize(("twice", "freed"), [(False, True), (True, False)])
async def test_an_own_refund_above_the_mark_frees_a_published_stamp(clerk, twice, freed):
    _, sale = await sell(clerk, clerk.stamp(1))
    here, none = Roaring(BitMap([0]).serialize()), Roaring(BitMap([]).serialize())
    published = Published(here, here, here if twice else none, {"HT01A": [sale["seq"], sale["hash"]]}, {})
    known = SoldHere(clerk.db, SimpleNamespace(published=published), "HT01A")
    assert known.here(clerk.gtin, 1, 0)["number"] == sale["number"]
    headers = {"Idempotency-Key": "void"}
    path = f"/api/sales/{sale['number']}/void"
    async with clerk.session.post(path, json={"reason": "x"}, headers=headers) as answer:
        assert answer.status == 201
    assert (known.here(clerk.gtin, 1, 0) is None) is freed
    assert known.is_sold(clerk.db, clerk.gtin, 1, 0) is not freed


async def test_damage_takes_a_stamp_without_a_sale(clerk):
    line = {"gtin": clerk.gtin, "qty": 1, "serial": 1}
    body = {"v": 1, "staff": "nv1", "lines": [line], "reason": "vỡ"}
    await clerk.writer.entry("damage", body, clerk.clock.moment())
    event = await clerk.outlet.scan(clerk.stamp(1), "gun", "till", "sell")
    assert (event["verdict"], event["action"]) == ("sold_here", "refuse")


async def test_an_older_stamp_is_sold_once_under_its_own_number(clerk):
    old_stamps(clerk)
    assert (await sell(clerk, OLD + "700"))[0] == 201
    await clerk.writer.flush()
    (line,) = bodies(clerk, "sale")[0]["lines"]
    assert (line["gtin"], line["serial"], line["verdict"], line["flagged"]) == (
        clerk.gtin,
        700,
        "unsigned",
        True,
    )
    assert "ordinal" not in line
    scan = bodies(clerk, "scan")[0]
    assert (scan["kind"], scan["gtin"], scan["serial"]) == ("older", clerk.gtin, 700)
    event = await clerk.outlet.scan(OLD + "700", "gun", "till", "sell")
    assert (event["verdict"], event["action"]) == ("sold_here", "refuse")


async def test_what_the_verdict_takes_for_no_stamp_names_none(clerk):
    foreign = clerk.stamp(1).replace("OCOP.HATINH.VN", "OCOP.NGHEAN.VN")
    await clerk.outlet.scan(foreign, "eye", "shopper", "look")
    await clerk.outlet.scan("https://ocop.hatinh.vn/01/" + clerk.gtin + "/21/1", "eye", "shopper", "look")
    await clerk.writer.flush()
    first, second = bodies(clerk, "scan")
    assert first["verdict"] == "no_stamp" and "serial" not in first
    assert second["verdict"] == "bad_signature" and second["serial"] == 1


# --- ocop verify ---


@pytest.fixture
async def enrolled(shop):
    """The folder of a device that knows who it is, with its configuration file."""
    remember(
        shop.db, Identity("HT01A", "HT01", shop.held.catalogue.root), shop.held.catalogue.root_envelope, ""
    )
    file = shop.folder / "outlet.toml"
    file.write_text('data = "."\n', encoding="utf-8")
    version = shop.held.catalogue.version
    now = datetime.fromtimestamp(version // 1000 + 3600, UTC).isoformat()
    return SimpleNamespace(folder=shop.folder, file=file, stamp=shop.stamp, version=version, now=now)


@pytest.mark.parametrize(
    ("serial", "purpose", "verdict", "action", "code"),
    [
        (1, "look", "genuine", "show", 0),
        (1, "sell", "genuine", "sell", 0),
        (1, "receive", "genuine", "accept", 0),
        (1, "return", "genuine", "refuse", 1),
        (35, "receive", "not_activated", "accept", 0),
        (41, "sell", "newer_than_catalogue", "sell_and_flag", 0),
        (0, "sell", "bad_signature", "refuse", 1),
    ],
)
async def test_verify_answers_as_the_till_would(enrolled, capsys, serial, purpose, verdict, action, code):
    code_text = enrolled.stamp(serial)
    args = ["--json", code_text, "--config", str(enrolled.file), "--purpose", purpose]
    assert commands.verify([*args, "--now", enrolled.now]) == code
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == FIELDS
    assert (answer["verdict"], answer["action"]) == (verdict, action)
    assert answer["clock"] == "sure" and answer["catalogue_version"] == enrolled.version
    assert answer["text"]["vi"]["title"] and answer["provenance"]["serial"] == (serial or None)


async def test_verify_takes_a_time_without_offset_for_vietnams(enrolled):
    stamp = enrolled.stamp(1)  # good until 1 January 2098
    for now, verdict in (
        ("2098-01-01T23:59:59", "genuine"),
        ("2098-01-02", "expired"),
        ("2098-01-01T16:59:59+00:00", "genuine"),
        ("2098-01-01T17:00:00Z", "expired"),
        ("2098-02-02T00:00:00+07:00", "data_deleted"),
    ):
        assert verify_here(enrolled.folder, stamp, "look", now)["verdict"] == verdict, now


async def test_verify_by_the_devices_own_clock_never_stands_before_the_catalogue(enrolled):
    answer = verify_here(enrolled.folder, enrolled.stamp(1), "sell", None)
    assert answer["verdict"] == "genuine"
    assert answer["clock"] in ("sure", "unsure") and answer["catalogue_age"] in ("fresh", "stale")


def test_verify_without_a_catalogue(tmp_path):
    answer = verify_here(tmp_path, "HTTPS://OCOP.HATINH.VN/x", "sell", None)
    assert (answer["verdict"], answer["action"]) == ("no_catalogue", "supervisor")
    assert (answer["catalogue_age"], answer["catalogue_version"]) == ("none", None)


@pytest.mark.parametrize(
    "now", ["yesterday", "", "2027-02-30", "12:00", "0001-01-01", "9999-12-31T23:00:00Z"]
)
def test_verify_refuses_what_is_no_time(tmp_path, now):
    with pytest.raises(CommandError, match=r"^--now: .* is no ISO 8601 time, such as .*\.$") as caught:
        verify_here(tmp_path, "x", "look", now)
    assert caught.value.code == 2


def test_verify_says_what_is_wrong_with_its_arguments(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        commands.verify(["x", "--config", str(tmp_path / "outlet.toml"), "--purpose", "buy"])
    assert ended.value.code == 2 and "buy" in capsys.readouterr().err
    with pytest.raises(CommandError) as caught:
        commands.verify(["x", "--config", str(tmp_path / "outlet.toml")])
    assert caught.value.code == 2
