"""A device's own side and the office's service, over HTTP and on real files: what each does when the other
is not what it was."""

import asyncio
import ssl
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from aiohttp import web

from config.exits import CommandError
from kiosk.host.clock import Clock
from kiosk.host.data import database as outlet_db
from kiosk.host.data import readings
from kiosk.host.data.database import set_fact
from kiosk.host.link import renewing
from kiosk.host.link.enrolling import become_a_device
from kiosk.host.link.identity import remembered_identity
from office import service
from office.books import branches
from office.outlets import devices
from office.publishing import roots
from office.storage import database
from sync.host.device_key import load_or_create
from sync.host.office import OfficeError


async def test_an_office_of_yesterdays_backup_gets_again_what_it_had_acknowledged(
    live_office, make_outlet, tmp_path
):
    device = await make_outlet()
    await device.sell(1)
    await device.syncing.now()
    live_office.save(tmp_path / "backup")
    await device.sell(2)
    await device.sell(3)
    await device.syncing.now()
    assert device.source.waiting() == 0
    await live_office.go_back_to(tmp_path / "backup")
    assert len(live_office.rows("SELECT * FROM sales")) == 1
    await device.syncing.now()  # though nothing new was written
    assert len(live_office.rows("SELECT * FROM sales")) == 3
    assert device.source.waiting() == 0
    assert live_office.rows("SELECT kind FROM alerts WHERE kind = 'fork'") == []


async def test_an_office_that_has_forgotten_a_device_takes_all_of_it_after_a_code(
    live_office, make_outlet, tmp_path
):
    live_office.save(tmp_path / "backup")
    first, device = await make_outlet(), await make_outlet()
    for serial in (1, 2, 3):
        await device.sell(serial)
    await device.syncing.now()
    await live_office.go_back_to(tmp_path / "backup")
    with pytest.raises(OfficeError) as refused:
        await device.syncing.now()
    assert refused.value.code == "unknown_device"
    await device.enrol()  # before the first one, and yet under its own name
    assert device.name == "HT01B"
    await device.syncing.now()
    assert live_office.rows("SELECT device, seq FROM sales ORDER BY seq") == [("HT01B", n) for n in (1, 2, 3)]
    await first.enrol()
    assert first.name == "HT01A"
    await first.syncing.now()


async def test_a_device_belongs_to_one_office(live_office, make_outlet, tmp_path):
    device = await make_outlet()
    db = outlet_db.connect(device.folder)
    known = remembered_identity(db)[0]
    db.close()
    stranger = known._replace(root=known.root | {"version": 2})
    with pytest.raises(Exception, match="another office"):
        await become_a_device(
            stranger, load_or_create(device.folder / "device.key"), live_office.url, live_office.code()
        )


async def test_a_restored_card_goes_on_as_a_new_device_and_sells_meanwhile(
    live_office, make_outlet, tmp_path
):
    device = await make_outlet()
    await device.sell(1)
    await device.syncing.now()
    device.copy_card(tmp_path / "card")
    await device.sell(2)
    await device.sell(3)
    await device.syncing.now()
    await device.restore_card(tmp_path / "card")
    await device.sell(4)  # offline, with a number that another sale has
    await device.syncing.now()
    assert device.syncing.state == "renewing"
    assert device.syncing.renewed.is_set()
    assert {number for (number,) in live_office.rows("SELECT seq FROM sales")} == {1, 2, 3}
    assert len(live_office.rows("SELECT * FROM sales")) == 4  # both second ones
    assert ("restored_card",) in live_office.rows("SELECT kind FROM alerts")
    assert ("fork",) in live_office.rows("SELECT kind FROM alerts")

    await device.sell(5)  # not yet restarted, and so not yet anybody else
    await device.restart()
    assert device.name == "HT01A"  # something waits
    await device.syncing.now()
    await device.restart()
    assert device.name == "HT01B"
    assert (device.folder / "outlet-HT01A.db").exists()
    await device.sell(6)
    live_office.publish()
    await device.syncing.now()
    assert device.syncing.state == "pending"
    assert device.held.catalogue is not None
    assert device.source.waiting() == 1  # that it was installed
    assert live_office.rows("SELECT held FROM sales WHERE device = 'HT01B'") == [(1,)]
    assert [peer.seq for peer in device.peers.known()] == [0]  # an officer has not agreed

    live_office.change(devices.agree, "HT01B")
    assert live_office.rows("SELECT held FROM sales WHERE device = 'HT01B'") == [(0,)]
    await device.syncing.now()
    assert device.syncing.state == "ok"
    assert [peer.device for peer in device.peers.known()] == ["HT01A"]
    of_the_old = "SELECT number FROM sale WHERE device = 'HT01A' ORDER BY seq"
    assert device.db.execute(of_the_old).fetchall() == [(f"HT01A-{n}",) for n in (1, 2, 3)]


async def test_the_other_till_goes_over_to_the_branch_that_was_accepted(live_office, make_outlet, tmp_path):
    forked, other = await make_outlet(), await make_outlet()

    async def told():
        """Stamps that the other till knows HT01A to have sold, once it has met the office."""
        live_office.publish()
        await other.syncing.now()
        await other.syncing.now()  # a history that was dropped on the way is fetched from its beginning
        return [serial for (serial,) in other.db.execute("SELECT serial FROM sale_line ORDER BY serial")]

    await forked.sell(1)
    await forked.syncing.now()
    forked.copy_card(tmp_path / "card")
    await forked.sell(2)
    await forked.syncing.now()
    assert await told() == [1, 2]
    await forked.restore_card(tmp_path / "card")
    for serial in (3, 4):
        await forked.sell(serial)
    await forked.syncing.now()
    assert await told() == [1, 2]
    live_office.change(branches.accept, "HT01A", 1, "the card in the till")
    assert await told() == [1, 3, 4]
    live_office.change(branches.reopen, "HT01A", 1)
    assert await told() == [1, 2]


async def test_a_till_that_has_sold_nothing_is_known_to_the_other(live_office, make_outlet):
    first, second = await make_outlet(), await make_outlet()
    body = {"v": 1, "staff": "An", "lines": [{"gtin": first.gtin, "counted": 3, "expected": 0}]}
    await first.writer.entry("stock_count", body, Clock().moment())
    await first.syncing.now()
    live_office.publish()
    await second.syncing.now()
    assert [peer.device for peer in second.peers.known()] == ["HT01A"]
    assert readings.stock(second.db) == {first.gtin: 3}
    assert first.syncing.state == second.syncing.state == "ok"


async def test_devices_of_one_outlet_get_each_others_entries(live_office, make_outlet, monkeypatch):
    monkeypatch.setattr("office.outlets.journals.MOST_ENTRIES", 3)  # in several parts
    first, second = await make_outlet(), await make_outlet()
    for serial in range(1, 8):
        await first.sell(serial)
    await first.syncing.now()
    live_office.publish()
    await second.syncing.now()
    assert [peer.device for peer in second.peers.known()] == ["HT01A"]
    journal = "SELECT seq, header, body, hash FROM {} ORDER BY seq"
    copied = second.db.execute(journal.format("peer_entry")).fetchall()
    assert copied == first.db.execute(journal.format("journal")).fetchall()
    assert second.db.execute("SELECT device, serial FROM sale_line ORDER BY serial").fetchall() == [
        ("HT01A", n) for n in range(1, 8)
    ]


async def test_another_outlets_entries_are_nobodys(live_office, make_outlet):
    device = await make_outlet()
    stranger = type(device)(device.folder.parent / "stranger", live_office, device.gtin)
    await stranger.enrol(live_office.code("HT02"))
    stranger.start()
    async with stranger.syncing._connected():
        with pytest.raises(OfficeError) as refused:
            query = {"nonce": "n", "from": "1"}
            await stranger.syncing._office.ask("GET", f"/sync/v1/journal/{device.name}", query)
    assert refused.value.code == "not_found"
    await stranger.stop()


async def test_becoming_a_new_device_survives_a_cut_at_each_step(
    live_office, make_outlet, tmp_path, monkeypatch
):
    device = await make_outlet()
    await device.sell(1)
    await device.syncing.now()
    device.copy_card(tmp_path / "card")
    await device.sell(2)
    await device.syncing.now()
    await device.restore_card(tmp_path / "card")
    await device.syncing.now()
    await device.syncing.now()  # asking again gives the same name
    assert live_office.rows("SELECT device FROM renewals") == [("HT01B",)]
    await device.stop()

    class CutError(Exception):
        pass

    steps = 0
    rename, unlink = Path.rename, Path.unlink
    while True:
        left = steps

        def cut(work):
            def step(path, *arguments, **named):
                nonlocal left
                if left == 0:
                    raise CutError
                left -= 1
                return work(path, *arguments, **named)

            return step

        monkeypatch.setattr(Path, "rename", cut(rename))
        monkeypatch.setattr(Path, "unlink", cut(unlink))
        try:
            renewing.complete(device.folder, Clock().moment())
            break
        except CutError:
            steps += 1
        finally:
            monkeypatch.setattr(Path, "rename", rename)
            monkeypatch.setattr(Path, "unlink", unlink)
    assert steps >= 3
    device.start()
    assert device.name == "HT01B"
    assert sorted(path.name for path in device.folder.glob("*.key")) == ["device-HT01A.key", "device.key"]
    await device.sell(3)
    await device.syncing.now()
    assert live_office.rows("SELECT seq FROM sales WHERE device = 'HT01B'") == [(1,)]


async def test_a_revoked_device_sends_its_sales_and_sells_as_old(live_office, make_outlet):
    device = await make_outlet()
    live_office.publish()
    await device.syncing.now()
    live_office.change(devices.revoke, device.name)
    await device.sell(1)
    with pytest.raises(OfficeError) as refused:
        await device.syncing.now()
    assert refused.value.code == "revoked"
    assert device.syncing.state == "revoked"
    assert device.source.waiting() == 0
    assert live_office.rows("SELECT branch FROM entries WHERE seq = 2") == [(-1,)]
    await device.restart()
    assert device.held.revoked  # also without a network


async def test_keys_are_replaced_while_everything_runs(live_office, make_outlet):
    device = await make_outlet()
    live_office.publish()
    await device.syncing.now()
    with database.writing(live_office.engine) as connection:
        folder = live_office.settings.folder / "keys"
        for role in ("ack", "current", "root"):
            signers = roots.signers(connection, [folder])
            roots.renew(connection, folder, role, signers, "test", int(time.time() * 1000))
    live_office.app[service.BULLETIN].poke()
    with database.reading(live_office.engine) as connection:
        live_office.app[service.ACK].follow(roots.newest(connection))
    live_office.publish()
    await device.sell(1)
    assert (await device.syncing.now()) == (2, True)
    assert device.held.catalogue.root["version"] == 4
    await device.restart()
    assert device.identity.root["version"] == 4
    assert (await device.syncing.now())[1] is False


async def test_a_device_with_a_wrong_clock_takes_the_offices_time(live_office, make_outlet, monkeypatch):
    device = await make_outlet()
    await device.sell(1)
    monkeypatch.setattr("sync.host.office.time.time", lambda now=time.time: now() - 400 * 86400)
    assert (await device.syncing.now())[0] == 1


async def test_a_published_mark_that_is_not_our_own_shows_a_restored_card(live_office, make_outlet, tmp_path):
    device = await make_outlet()
    device.copy_card(tmp_path / "card")
    await device.sell(1)
    await device.syncing.now()
    live_office.publish()
    await device.restore_card(tmp_path / "card")
    device.syncing._greeted = True
    async with device.syncing._connected():
        await device.syncing._pull(0)
    assert device.syncing.state == "renewing"


async def test_a_head_of_an_entry_spoilt_on_the_card_is_no_restored_card(live_office, make_outlet):
    device = await make_outlet()
    await device.sell(1)
    await device.sell(2)
    await device.syncing.now()
    writing = outlet_db.connect(device.folder)
    writing.execute("UPDATE journal SET body = x'00' WHERE seq = 2")
    set_fact(writing, "acked_seq", "1")
    set_fact(writing, "acked_hash", device.source.hash_at(1).hex())
    writing.close()
    assert device.source.holds(2, live_office.rows("SELECT hash FROM entries WHERE seq = 2")[0][0])
    assert not device.source.holds(1, b"x" * 32)


async def test_another_root_than_the_qr_code_names_is_refused(live_office, tmp_path):
    key = load_or_create(tmp_path / "device.key")
    with pytest.raises(CommandError, match="root document"):
        await become_a_device(None, key, live_office.url, live_office.code(), "ab" * 32)


@pytest.fixture
async def expired(live_office, tmp_path, monkeypatch):
    """The office's address over TLS, with a trusted certificate that was good until yesterday."""
    key, request, certificate = (str(tmp_path / name) for name in ("tls.key", "tls.csr", "tls.crt"))
    name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("-req", "-in", request, "-signkey", key, "-days", "-1", "-copy_extensions", "copy")
    for arguments in (
        ("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, *name),
        ("x509", *made, "-out", certificate),
    ):
        child = await asyncio.create_subprocess_exec("openssl", *arguments, stderr=PIPE)
        assert (await child.communicate(), child.returncode)[1] == 0
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    site = web.TCPSite(live_office.runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    return f"https://127.0.0.1:{live_office.runner.addresses[-1][1]}"


async def test_a_wrong_clock_and_a_certificates_dates_keep_nobody_out(
    live_office, make_outlet, expired, monkeypatch
):
    live_office.url = expired
    device = await make_outlet()  # the code proves the office
    await device.sell(1)
    with pytest.raises(OfficeError) as refused:
        await device.syncing.now()
    assert refused.value.code == "certificate"  # it is out of date indeed
    monkeypatch.setattr("sync.host.office.time.time", lambda now=time.time: now() - 400 * 86400)
    assert (await device.syncing.now())[0] == 1
    assert live_office.rows("SELECT seq FROM sales") == [(1,)]


async def test_whose_certificate_it_is_counts_whatever_its_dates(
    live_office, make_outlet, expired, monkeypatch
):
    device = await make_outlet()
    monkeypatch.delenv("SSL_CERT_FILE")
    live_office.url = expired
    await device.restart()
    monkeypatch.setattr("sync.host.office.time.time", lambda now=time.time: now() - 400 * 86400)
    with pytest.raises(OfficeError) as refused:
        await device.syncing.now()
    assert refused.value.code == "certificate"
