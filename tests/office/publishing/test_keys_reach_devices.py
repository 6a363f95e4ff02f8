"""A device that knows root 1 follows the office's next roots, and judges stamps of every key by them."""

import gzip
import time
from datetime import date

import aiohttp
import pytest

from kiosk.memory import MemoryCatalogue
from kiosk.verdicts import verdict
from office import registry, service, stamps
from office.outlets import devices
from office.publishing import keys, roots
from office.publishing.publish import Publisher
from office.settings import Publish
from office.storage import database
from scanner import codes
from sync import catalogue, catalogue_files, enrolment
from sync.host import device_key, enrolling, pull
from sync.host import office as device_side

DAY = 86_400_000


class NothingSold:
    def here(self, gtin, serial, ordinal):
        return None

    def elsewhere(self, gtin, serial, ordinal):
        return None


@pytest.fixture
async def device(engine, office_settings, current_key, now, tmp_path):
    """A device of HT01 enrolled under root 1; call it to publish, pull and have the catalogue."""
    publisher = Publisher(engine, office_settings.folder / "segments", current_key, Publish())
    runner = await service.start(
        service.build(office_settings, lambda: int(time.time() * 1000)), "127.0.0.1", 0
    )
    with database.writing(engine) as connection:
        code = devices.new_code(connection, "HT01", "test", int(time.time() * 1000))
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        key = device_key.DeviceKey(bytes(range(32)))
        identity, _ = await enrolling.enrol(session, url, enrolment.spell(code), key)
        assert identity.root["version"] == 1
        office = device_side.Office(session, url, identity, key)

        async def synced(at):
            publisher.publish(at)
            answer = await pull.ask(office, None, 0)
            await pull.fetch(office, answer.pulled, None, tmp_path)
            current = answer.pulled.current["signed"]
            rows = {}
            for name, segment in catalogue.segments_by_name(current).items():
                base = segment["base"]
                if name in catalogue.KEYS:
                    with gzip.open(tmp_path / base["sha256"]) as lines:
                        rows[name] = catalogue_files.rows(name, [(base["length"], lines)])
            return MemoryCatalogue(office.identity.root, current, rows)

        synced.office = office
        yield synced
    await runner.cleanup()


def judged(text, known, now):
    code = codes.parse(text)
    found = verdict(code, "sell", known, NothingSold(), (), now, "fresh", device_key.verify)
    return found.verdict


async def test_a_device_learns_of_new_keys_and_of_retired_ones(
    device, engine, office_settings, key_folder, gtin, now
):
    def written(batch):
        signer = keys.load(key_folder, f"stamp-{batch.k}")
        return list(stamps.signed(batch, office_settings.stamps.host, signer))

    with database.writing(engine) as connection:
        signers = roots.signers(connection, [key_folder])
        old = written(stamps.find_batch(connection, 1))
        first_use = roots.announce(connection, key_folder, signers, "test", now).first_use
    known = await device(now + 1)
    assert device.office.identity.root["version"] == 2
    assert judged(old[0], known, now) == "genuine"

    with database.writing(engine) as connection:
        batch = stamps.issue(connection, gtin, 10, "B", "test", first_use)
        new = written(batch)
    # The device that has not synced since: its key is known already, its batch is not yet.
    assert judged(new[0], known, first_use) == "newer_than_catalogue"
    with database.writing(engine) as connection:
        stamps.activate(connection, gtin, batch.first, batch.last, "L1", "test", first_use)
    known = await device(first_use + 1)
    assert [judged(text, known, first_use) for text in (old[0], new[0], new[9])] == ["genuine"] * 3

    # Serials of one key's batch under the other key are forgeries.
    wrong = list(
        stamps.signed(batch._replace(k="A"), office_settings.stamps.host, keys.load(key_folder, "stamp-A"))
    )
    assert judged(wrong[0], known, first_use) == "bad_signature"

    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 1, 100, "spoilt", "test", first_use)
        roots.retire(connection, "A", signers, "test", first_use)
    known = await device(first_use + DAY)
    assert device.office.identity.root["version"] == 3
    assert known.stamp_key_retired("A")
    assert judged(old[0], known, first_use) == "stamp_void"  # as before the key retired
    assert judged(new[0], known, first_use) == "genuine"


async def test_older_stamps_are_known_by_the_patterns_the_office_entered(device, engine, gtin, now):
    with database.writing(engine) as connection:
        registry.put(
            connection,
            registry.Pattern("2024", "https://tem.vn/t/{item}?s={serial}", {"mo": gtin}, date(2027, 6, 30)),
            "test",
            now,
        )
        batch = stamps.enter_older(connection, gtin, 501, 510, "test", now)
        stamps.activate(connection, gtin, 501, 509, "L1", "test", now)
    known = await device(now + 1)
    assert known.batch(gtin, 501)["k"] == batch.k == ""
    address = "https://tem.vn/t/mo?s={}"
    assert judged(address.format(501), known, now) == "unsigned"
    assert judged(address.format(510), known, now) == "not_activated"
    assert judged(address.format(9000), known, now) == "unsigned"  # in no batch: it has no lot to ask
    assert judged(address.format(7), known, now) == "bad_signature"  # a signed stamp's number
    assert judged(address.format(501), known, now + 300 * DAY) == "no_stamp"  # after the last day
