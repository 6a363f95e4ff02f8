"""What `ocop enrol` and `ocop sync` do: through the running service if there is one, else by themselves."""

import asyncio
import logging
import os
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from config.exits import FAILED, CommandError
from config.settings import is_web_address
from kiosk.host.clock import Clock
from kiosk.host.data import database
from kiosk.host.data.database import fact
from kiosk.host.data.journal import Source, StorageError, Writer, last_sure
from kiosk.host.link.identity import office_url, remember, remembered_identity, same_office
from kiosk.host.link.peers import Peers
from kiosk.host.link.status import not_synced
from kiosk.host.link.syncing import Syncing
from kiosk.host.link.troubles import word
from kiosk.host.settings import Listener
from kiosk.host.stamps.catalogue import Holder
from kiosk.host.web.access import PIN_DIGITS
from sync.enrolment import QR, CodeError, read_qr
from sync.envelopes import SyncError
from sync.host.device_key import DeviceKey, load_or_create
from sync.host.enrolling import enrol
from sync.host.office import Identity, OfficeError

log = logging.getLogger(__name__)

Pin = Callable[[], str]

PATIENCE = 120  # seconds that the service has for one push and pull


async def become_a_device(
    known: Identity | None, key: DeviceKey, url: str, code: str, root_sha256: str = ""
) -> tuple[Identity, dict[str, Any]]:
    """Enrol with the office at `url`: (who we are, its root envelope). Raises CommandError.

    A device that is enrolled already keeps its key and its journal, and stays who it is, at the office
    whose root it knows.
    """
    if not is_web_address(url):
        raise _not_enrolled(
            "address",
            f"{url} không phải địa chỉ của Văn phòng; địa chỉ bắt đầu bằng https://",
            f"{url} is not the address of an office, which begins with https://.",
        )
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            was = known.device if known else ""
            identity, root = await enrol(session, url, code, key, was, root_sha256)
    except CodeError as error:
        raise _not_enrolled("bad_code", _BAD_CODE, f"{error}.") from error
    except OfficeError as error:
        raise _not_enrolled(error.code, _WHY.get(error.code, _REFUSED), str(error)) from error
    except SyncError as error:
        raise _not_enrolled("not_office", _WHY["not_office"], f"{error}.") from error
    if known is not None and known.device != identity.device:
        raise _not_enrolled(
            "other_outlet",
            f"thư mục này là thiết bị {known.device}, Văn phòng lại gọi là {identity.device}; xin mã của đúng điểm bán này",
            f"this folder is device {known.device}, but the office called it {identity.device}; "
            "ask the office for a code of the same outlet.",
        )
    if known is not None and not same_office(known.root, root):
        raise _not_enrolled(
            "other_office",
            "đây không phải Văn phòng mà thiết bị này thuộc về",
            "this is another office than the one that this device belongs to.",
        )
    return identity, root


def _not_enrolled(cause: str, vietnamese: str, english: str) -> CommandError:
    told = f"Chưa ghi danh được: {vietnamese}. / Not enrolled: {english}"
    return CommandError(told, FAILED, vi=told, cause=cause)


_BAD_CODE = "mã ghi danh gõ sai: mã có 26 chữ cái và chữ số (A đến Z, 2 đến 7)"
_REFUSED = "Văn phòng không nhận; thử lại sau, nếu vẫn không được thì gọi Văn phòng"
# By the code of an OfficeError.
_WHY = {
    "unreachable": "không nối được với Văn phòng; xem lại địa chỉ và mạng",
    "certificate": "chứng chỉ TLS của Văn phòng không được chấp nhận; xem lại địa chỉ, rồi gọi Văn phòng",
    "not_office": "nơi trả lời không phải Văn phòng; xem lại địa chỉ, và xem mạng có đòi đăng nhập không",
    "unknown_code": "Văn phòng không nhận mã này: mã đã dùng, quá mười phút hoặc gõ sai; xin mã mới",
    "revoked": "Văn phòng đã thu hồi thiết bị này; muốn dùng tiếp phải có thẻ nhớ mới và mã mới",
    "other_outlet": "mã là của điểm bán khác; xin mã của đúng điểm bán này",
}


class ByCamera:
    """Enrols this device when the office's QR code is held to one of its cameras: to any while it has never been
    enrolled, later to one whose picture a technician is looking at, so that no customer's code is tried.

    `enrol(url, code, SHA-256 of root)` does it. `state` is what became of the last code: none, done, or failed for
    the reason `problem`.
    """

    def __init__(
        self,
        enrol: Callable[[str, str, str], Awaitable[object]],
        never_enrolled: bool,
        told: Callable[[], None],
    ) -> None:
        self._enrol = enrol
        self._never_enrolled = never_enrolled
        self._told = told
        self._seen = ""
        self._shown_by: Counter[str] = Counter()  # readers: technicians who look
        self.state, self.problem = "none", ""

    @contextmanager
    def shown_by(self, reader: str) -> Iterator[None]:
        """While a technician looks at the picture of `reader`. A code that failed may be tried once more then."""
        self._seen = ""
        self._shown_by[reader] += 1
        try:
            yield
        finally:
            self._shown_by[reader] -= 1

    async def read(self, reader: str, text: str) -> bool:
        """Whether `text` was such a QR code, at a place for it. A camera reads one many times; each is tried once."""
        if not text.startswith(QR) or not (self._never_enrolled or self._shown_by[reader]):
            return False
        if text != self._seen:
            self._seen = text
            self.problem = await self._try(text)
            self.state = "failed" if self.problem else "done"
            self._told()
        return True

    async def _try(self, text: str) -> str:
        """Why it did not work; "" if it did."""
        try:
            await self._enrol(*read_qr(text))
        except CodeError as error:
            problem = str(
                _not_enrolled("bad_code", "mã QR này không phải mã ghi danh của Văn phòng", f"{error}.")
            )
        except CommandError as error:
            problem = str(error)
        else:
            return ""
        log.warning("the office's QR code: %s", problem)
        return problem


async def enrol_here(folder: Path, at: Listener, url: str, code: str, pin: Pin) -> dict[str, Any]:
    """Enrol: {"device", "outlet"}. `pin` asks for a technician's. Raises CommandError."""
    answer = await _through_service(folder, at, "/api/office/enrol", {"url": url, "code": code}, pin)
    if answer is not None:
        return answer
    with _alone(folder) as db:
        known = remembered_identity(db)
        key = load_or_create(folder / "device.key")
        identity, root = await become_a_device(known[0] if known else None, key, url, code)
        db.execute("BEGIN IMMEDIATE")
        remember(db, identity, root, url)
        db.execute("COMMIT")
        return {"device": identity.device, "outlet": identity.outlet}


async def sync_here(folder: Path, at: Listener, configured: str, pin: Pin, config: Path) -> dict[str, Any]:
    """Push and pull once: {"acknowledged": entries, "new_catalogue": whether one came}. `pin` asks for a technician's,
    `config` is the outlet.toml that the caller named. Raises CommandError."""
    answer = await _through_service(folder, at, "/api/office/sync", {}, pin, config)
    if answer is not None:
        return answer
    with _alone(folder) as db:
        known, url = remembered_identity(db), office_url(db, configured)
        if known is None or not url:
            why = not_synced("not_enrolled", "", Source(db).waiting(), config)
            raise CommandError(why, vi=why, cause="not_enrolled")
        writer = Writer(database.connect(folder), known[0].device)
        key = load_or_create(folder / "device.key")
        held = Holder(folder, known[0].outlet)
        held.revoked = fact(db, "revoked") == "1"
        source = Source(db)
        clock = Clock(last_sure(db))
        peers = Peers(db, writer, lambda: clock.moment().at)
        syncing = Syncing(folder, writer, source, key, *known, held, url, clock, peers, lambda: None)
        try:
            sent, new = await syncing.now()
            return {"acknowledged": sent, "new_catalogue": new}
        except (OfficeError, StorageError, OSError, sqlite3.Error) as error:
            cause = word(error)
            why = not_synced(cause, str(error), source.waiting(), config)
            raise CommandError(why, FAILED, vi=why, cause=cause) from error
        finally:
            await writer.close()


async def _through_service(
    folder: Path, at: Listener, path: str, body: dict[str, Any], pin: Pin, config: Path | None = None
) -> dict[str, Any] | None:
    """The running service's answer, None where none runs on the data folder. Raises CommandError, which names `config`
    where the technician has to."""
    try:
        os.close(database.lock(folder))
    except CommandError:
        pass  # one runs
    else:
        return None
    url = f"http://{at.host}:{at.port}"
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    cookies = aiohttp.CookieJar(unsafe=True)  # also of an address without a name
    try:
        async with aiohttp.ClientSession(url, timeout=timeout, cookie_jar=cookies) as session:
            status, value = await _post(session, path, body)
            if status == 401:
                status, value = await _post(session, "/api/session", {"pin": _six_digits(pin())})
                if status == 204:
                    status, value = await _post(session, path, body)
                    await session.delete("/api/session")
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        raise CommandError(
            f"A kiosk service runs on {folder}, but does not answer at {url}; see its log.",
            FAILED,
            cause="service",
            vi=f"Dịch vụ kiosk đang chạy trên {folder} nhưng {url} không trả lời; xem nhật ký của dịch vụ.",
        ) from error
    if status == 200:
        return value
    cause = str(value.get("word", value.get("title", "")))
    if config is not None and "waiting" in value:
        told = not_synced(cause, value["why"], value["waiting"], config)
    else:
        told = str(value.get("detail", f"Dịch vụ trả lời {status}. / The service answered {status}."))
    raise CommandError(told, FAILED, vi=told, cause=cause)


def _six_digits(pin: str) -> str:
    if len(pin) != PIN_DIGITS or not pin.isascii() or not pin.isdigit():
        raise CommandError(
            "This needs a technician's PIN of six digits: typed, or on standard input.",
            FAILED,
            cause="pin",
            vi="Cần mã PIN sáu số của kỹ thuật viên: gõ vào, hoặc đưa qua đầu vào chuẩn.",
        )
    return pin


async def _post(
    session: aiohttp.ClientSession, path: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    async with session.post(path, json=body) as answer:
        return answer.status, {} if answer.status == 204 else await answer.json(content_type=None)


@contextmanager
def _alone(folder: Path) -> Iterator[sqlite3.Connection]:
    lock = database.lock(folder)
    try:
        db = database.connect(folder)
        try:
            yield db
        finally:
            db.close()
    finally:
        os.close(lock)
