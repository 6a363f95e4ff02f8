"""A kiosk service as a process and a real office: enrolled by command and by QR code, synced by command."""

import asyncio
import contextlib
import json
import secrets
import sys
import tomllib
from asyncio.subprocess import PIPE

import aiohttp
import pytest
import segno

from config.exits import FAILED, USAGE
from kiosk.host.data import database as outlet_db
from office.outlets import devices
from office.storage import database
from sync import catalogue, enrolment
from sync.canonical import encode


async def ocop(*arguments, text=""):
    """(exit code, stdout, stderr) of a command."""
    command = [sys.executable, "-m", "config", *map(str, arguments)]
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    out, err = await child.communicate(text.encode())
    return child.returncode, out.decode(), err.decode()


@pytest.fixture
async def kiosk(tmp_path, unused_tcp_port_factory):
    """A kiosk service that was never enrolled, with a camera that sees the pictures of a folder."""
    ports = unused_tcp_port_factory(), unused_tcp_port_factory()
    (tmp_path / "pictures").mkdir()
    config = tmp_path / "outlet.toml"
    config.write_text(
        'data = "data"\n[shopper]\nport = {}\n[staff]\nport = {}\n'.format(*ports)
        + '[[reader]]\nname = "eye"\nkind = "folder"\nplace = "shopper"\ndevice = "pictures"\n'
    )
    own = ("--config", config)
    service = await asyncio.create_subprocess_exec(sys.executable, "-m", "config", "kiosk", *map(str, own))
    while (await ocop("status", *own))[0]:
        assert service.returncode is None
    yield own
    service.terminate()
    await service.wait()


async def enrolled(own):
    """The service's status, once it is a device."""
    while True:
        status = json.loads((await ocop("status", *own, "--json"))[1] or "{}")
        if status.get("device"):
            return status


async def test_a_running_service_enrols_and_syncs_when_told(live_office, kiosk):
    live_office.publish()
    _, out, _ = await ocop("status", *kiosk)
    assert "ocop enrol" in out
    code, _, err = await ocop("sync", *kiosk)
    assert code != 0
    vietnamese, english = err.split(" / ")
    assert f"ocop enrol --config {kiosk[1]} URL MÃ" in vietnamese and "0 mục chờ gửi" in vietnamese
    assert f"ocop enrol --config {kiosk[1]} URL CODE" in english and "0 entries waiting" in english
    code, out, err = await ocop("enrol", *kiosk, "--json", live_office.url, "ABCD")
    assert code != 0
    assert "mã ghi danh gõ sai" in err and "26 letters" in err
    told = json.loads(out)
    assert told["cause"] == "bad_code" and told["error"] in err
    code, _, err = await ocop("enrol", *kiosk, "http://127.0.0.1:1", live_office.code())
    assert code != 0
    assert "xem lại địa chỉ và mạng" in err and "cannot be reached" in err
    code, out, err = await ocop("enrol", *kiosk, "--json", live_office.url, live_office.code())
    assert (code, json.loads(out)) == (0, {"device": "HT01A", "outlet": "HT01"}), err
    assert (await enrolled(kiosk))["device"] == "HT01A"
    code, out, err = await ocop("sync", *kiosk, "--json")
    assert code == 0, err
    assert set(json.loads(out)) == {"acknowledged", "new_catalogue"}
    _, out, _ = await ocop("status", *kiosk)
    assert "Last contact" in out
    assert "0 entries waiting" in out
    assert "nothing to do" in out
    assert live_office.rows("SELECT count(*) FROM entries") != [(0,)]


async def test_a_failed_sync_says_what_waits_and_what_to_do_whether_the_service_runs_or_not(
    live_office, kiosk
):
    live_office.publish()
    code, _, err = await ocop("enrol", *kiosk, live_office.url, live_office.code())
    assert code == 0, err
    await enrolled(kiosk)
    assert (await ocop("sync", *kiosk))[0] == 0
    await live_office.stop()
    try:
        code, out, err = await ocop("sync", *kiosk, "--json")
        told = json.loads(out)
        assert told["cause"] == "unreachable" and told["error"] in err
        vietnamese, english = err.split(" / ")
        assert code == FAILED and "mục chờ gửi; xem dây mạng" in vietnamese, err
        assert "waiting; check the network" in english and "cannot be reached" in english
        assert "cannot be reached" not in vietnamese
    finally:
        await live_office.start()
    live_office.change(devices.revoke, "HT01A")
    code, out, err = await ocop("enrol", *kiosk, "--json", live_office.url, live_office.code())
    assert json.loads(out)["cause"] == "revoked"
    assert code == FAILED and "đã thu hồi thiết bị này" in err and "has revoked this device" in err
    code, _, err = await ocop("sync", *kiosk)
    assert code == FAILED and "hãy gọi Văn phòng" in err and "has revoked this device" in err


async def test_without_a_service_the_status_says_so_in_both_languages_and_as_json(tmp_path, unused_tcp_port):
    config = tmp_path / "outlet.toml"
    config.write_text(f'data = "data"\n[staff]\nport = {unused_tcp_port}\n')
    code, out, err = await ocop("status", "--config", config, "--json")
    assert code == FAILED and json.loads(out) == {"running": False}
    assert "Dịch vụ kiosk không chạy" in err and f"start it with `ocop kiosk --config {config}`" in err
    code, out, err = await ocop("sync", "--config", config, "--json")
    assert code == USAGE and f"ocop enrol --config {config} URL CODE" in err
    assert json.loads(out)["cause"] == "not_enrolled"
    code, out, _ = await ocop("enrol", "--config", config, "--json", "office.example", "ABCD")
    assert code == FAILED and json.loads(out)["cause"] == "address"
    code, out, err = await ocop("sync", "--config", tmp_path / "none.toml", "--json")
    assert code == USAGE and json.loads(out)["error"] in err


async def test_a_running_service_asks_for_the_technicians_pin_once_there_is_one(live_office, kiosk):
    live_office.publish()
    assert (await ocop("staff", *kiosk, "ql1", "Bình", "--role", "supervisor", text="135790\n"))[0] == 0
    code, _, err = await ocop("enrol", *kiosk, live_office.url, live_office.code())  # the first day
    assert code == 0, err
    await enrolled(kiosk)
    assert (await ocop("staff", *kiosk, "kt1", "Dũng", "--role", "technician", text="112233\n"))[0] == 0
    spare = live_office.code()
    for pin, said in (
        ("", "six digits"),
        ("000000", "That PIN is not right"),
        ("135790", "technician has to log in"),
    ):
        code, _, err = await ocop("sync", *kiosk, text=f"{pin}\n")
        assert code == FAILED and said in err, (pin, err)
    code, _, err = await ocop("enrol", *kiosk, live_office.url, spare, text="135790\n")
    assert code == FAILED and "technician has to log in" in err, err
    code, out, err = await ocop("sync", *kiosk, "--json", text="112233\n")
    assert code == 0 and set(json.loads(out)) == {"acknowledged", "new_catalogue"}, err
    code, _, err = await ocop("enrol", *kiosk, live_office.url, spare, text="112233\n")
    assert code == 0, err
    assert (await enrolled(kiosk))["device"] == "HT01A"


async def test_the_offices_qr_code_before_the_camera_enrols_a_new_device(live_office, kiosk, tmp_path):
    show(qr(live_office, live_office.code()), tmp_path / "pictures" / "qr.png")
    assert (await enrolled(kiosk))["device"] == "HT01A"


async def test_only_before_a_technicians_eyes_the_qr_code_enrols_again(live_office, kiosk, tmp_path):
    code, _, err = await ocop("enrol", *kiosk, live_office.url, live_office.code())
    assert code == 0, err
    await enrolled(kiosk)
    for who, pin, role in (("nv1", "123456", "clerk"), ("kt1", "112233", "technician")):
        assert (await ocop("staff", *kiosk, who, "Dũng", "--role", role, text=f"{pin}\n"))[0] == 0
    text = qr(live_office, live_office.code())

    def used():
        return [
            device for (device,) in live_office.rows("SELECT device FROM enrolment_codes ORDER BY created_at")
        ]

    pictures = tmp_path / "pictures"
    async with watching(kiosk, "123456", pictures):
        show(text, pictures / "a.png")
        await scanned(tmp_path / "data", len(text))
    assert used() == ["HT01A", None]
    async with watching(kiosk, "112233", pictures) as page:
        assert 'data-say="enrol_here"' in page
        show(qr(live_office, "AAAA-" * 6 + "AA"), pictures / "b.png")
        told = await why_not_enrolled(kiosk)
        assert "Văn phòng không nhận mã này" in told and "does not know this code" in told
        show(text, pictures / "c.png")
        while used() != ["HT01A", "HT01A"]:  # the service says that it is done, and starts again soon after
            await asyncio.sleep(0.05)
    assert live_office.rows("SELECT id FROM devices") == [("HT01A",)]
    code, out, _ = await ocop("journal", "export", *kiosk)
    assert code == 0 and '"device":"HT01A"' in out.replace(" ", "")  # name and journal are kept


def qr(live_office, code):
    """What the office's page for enrolment shows."""
    with database.reading(live_office.engine) as connection:
        root = catalogue.sha256_hex(encode(devices.root_envelope(connection)))
    return enrolment.qr_text(live_office.url, enrolment.read(code), root)


def show(text, path):
    """Hold a QR code to the camera that sees the pictures of a folder."""
    aside = path.parent.parent / path.name
    segno.make(text, error="M").save(str(aside), scale=8, border=6)
    aside.rename(path)


@contextlib.asynccontextmanager
async def watching(own, pin, pictures):
    """Somebody logs in, opens the page for aiming, and sees the camera's picture: the page."""
    url = f"http://127.0.0.1:{tomllib.loads(own[1].read_text())['staff']['port']}"
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        while (await session.post("/api/session", json={"pin": pin})).status != 204:
            await asyncio.sleep(0.05)
        page = await (await session.get("/staff/aim")).text()
        asked = asyncio.ensure_future(session.get("/staff/aim/eye"))
        while not asked.done():  # a folder is seen only when something new is in it
            show("HELLO", pictures / f"{secrets.token_hex(4)}.png")
            await asyncio.wait([asked], timeout=0.5)
        async with asked.result() as answer:
            assert answer.status == 200
            yield page


async def why_not_enrolled(own):
    """What the service says of a QR code that did not enrol it, once it does."""
    while True:
        told = json.loads((await ocop("status", *own, "--json"))[1] or "{}").get("enrolment", {})
        if told.get("state") == "failed":
            return told["detail"]


async def scanned(folder, letters):
    """Until the journal has the scan of a text of so many letters."""
    db = outlet_db.connect(folder)
    query = "SELECT 1 FROM journal WHERE kind = 'scan' AND json_extract(CAST(body AS TEXT), '$.length') = ?"
    while db.execute(query, (letters,)).fetchone() is None:
        await asyncio.sleep(0.05)
    db.close()
