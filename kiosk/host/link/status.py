"""`ocop status`: ask the running service how it is, and say it in one sentence."""

import time
from typing import Any

import aiohttp

from config.exits import FAILED, CommandError
from kiosk.host.settings import Listener


async def ask(at: Listener) -> dict[str, Any]:
    """The service's own status. Raises CommandError when no service answers."""
    url = f"http://{at.host}:{at.port}/api/status"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(url) as answer,
        ):
            status: dict[str, Any] = await answer.json()
            return status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CommandError(
            f"no kiosk service answers at {url}; start it with `ocop kiosk`.", FAILED
        ) from error


def sentence(status: dict[str, Any]) -> str:
    """Last contact, entries waiting, catalogue age, and what to do: Vietnamese, then English."""
    office, catalogue = status["office"], status["catalogue"]
    do = _DO.get(office["state"]) or _DO.get(catalogue["age"]) or _NOTHING_TO_DO
    if office["detail"]:
        do = (f"{do[0]} ({office['detail']})", f"{do[1]} ({office['detail']})")
    told = zip(_contact(office["last_contact"]), _AGES[catalogue["age"]], do, strict=True)
    return " / ".join(
        f"{contact}; {office['waiting']} {waiting}; {age}; {what}"
        for (contact, age, what), waiting in zip(told, ("mục chờ gửi", "entries waiting"), strict=True)
    )


def _contact(at: int | None) -> tuple[str, str]:
    if at is None:
        return "chưa nối được với Văn phòng từ lúc khởi động", "no contact with the office since the start"
    seconds = max(0, round(time.time() - at / 1000))
    return f"nối với Văn phòng {seconds} giây trước", f"last contact {seconds} s ago"


_AGES = {
    "confirmed": ("dữ liệu là bản mới nhất", "the catalogue is the newest"),
    "fresh": ("dữ liệu chưa quá một ngày", "the catalogue is less than a day old"),
    "stale": ("dữ liệu đã quá một ngày", "the catalogue is over a day old"),
    "old": ("dữ liệu đã cũ", "the catalogue is old"),
    "none": ("chưa có dữ liệu", "there is no catalogue"),
}
_NOTHING_TO_DO = ("không phải làm gì", "nothing to do")
# What to do, by the state of sync, else by the age of the catalogue.
_DO = {
    "not_enrolled": (
        "xin Văn phòng mã ghi danh: đưa mã QR trước camera, hoặc chạy `ocop enrol URL MÃ`",
        "ask the office for a code: hold its QR code to a camera, or run `ocop enrol URL CODE`",
    ),
    "unknown_device": (
        "Văn phòng không còn biết thiết bị này: xin mã ghi danh rồi chạy `ocop enrol URL MÃ`, không mất gì",
        "the office does not know this device any more: ask for a code and run `ocop enrol URL CODE`; "
        "nothing is lost",
    ),
    "revoked": (
        "Văn phòng đã thu hồi thiết bị này: hãy gọi Văn phòng; vẫn bán được, đơn bán vẫn gửi đi",
        "the office has revoked this device: call it; selling goes on, and sales are still sent",
    ),
    "renewing": (
        "thẻ nhớ được khôi phục từ bản sao: thiết bị đang xin mã mới, vẫn bán được",
        "the card was restored from a copy: the device is asking for a new name; selling goes on",
    ),
    "trouble": (
        "kiểm tra mạng; vẫn bán được, máy tự gửi lại",
        "check the network; selling goes on, and it is tried again by itself",
    ),
    "none": ("chờ dữ liệu từ Văn phòng", "wait for the office's catalogue"),
}
