"""`ocop status`: ask the running service how it is, and say it in one sentence. What to do about each word of sync."""

import time
from pathlib import Path
from typing import Any

import aiohttp

from config.exits import FAILED, CommandError
from kiosk.host.settings import Listener

Words = tuple[str, str]
"""Vietnamese and English."""


async def ask(at: Listener, config: Path) -> dict[str, Any]:
    """The service's own status. Raises CommandError when no service answers; `config` is its outlet.toml."""
    url = f"http://{at.host}:{at.port}/api/status"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(url) as answer,
        ):
            status: dict[str, Any] = await answer.json()
            return status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        start = f"ocop kiosk --config {config}"
        raise CommandError(
            f"No kiosk service answers at {url}; start it with `{start}`. What waits to be sent stays on the card.",
            FAILED,
            vi=f"Dịch vụ kiosk không chạy: {url} không trả lời. Hãy chạy `{start}`; mục chờ gửi vẫn nằm trong máy.",
        ) from error


def sentence(status: dict[str, Any], config: Path) -> str:
    """Last contact, entries waiting, catalogue age, and what to do: Vietnamese, then English."""
    office, clock = status["office"], status["clock"]
    parts = (
        _contact(office["last_contact"]),
        _waiting(office["waiting"]),
        _age(status["catalogue"], clock["state"] == "sure"),
        _do(status, config),
    )
    return _told(parts, office["detail"])


def not_synced(word: str, why: str, waiting: int, config: str | Path = "outlet.toml") -> str:
    """That a push and pull failed, for a reason by its word (`troubles.WORDS`) and its own text: what waits, and what
    to do."""
    return _told((("Chưa đồng bộ được", "Not synced"), _waiting(waiting), advice(word, config)), why)


def _told(parts: tuple[Words, ...], why: str) -> str:
    """One sentence in each language. `why` is for whoever mends it: in both, or in English only."""
    halves = why.split(" / ", 1)
    whys = halves if len(halves) == 2 else ("", why)
    return " / ".join(
        "; ".join(words) + (f" ({why.rstrip('.')})" if why else "") + "."
        for words, why in zip(zip(*parts, strict=True), whys, strict=True)
    )


def advice(word: str, config: str | Path) -> Words:
    """What to do about a word of sync."""
    vietnamese, english = _DO[word]
    return vietnamese.replace("{config}", str(config)), english.replace("{config}", str(config))


def _do(status: dict[str, Any], config: Path) -> Words:
    state, clock = status["office"]["state"], status["clock"]
    if clock["office_ahead"] is not None and (state == "ok" or not clock["follows_office"]):
        return _apart(clock["office_ahead"] / 1000, clock["follows_office"])
    if state == "ok" and status["catalogue"]["age"] == "none":
        return _WAIT
    return _NOTHING if state == "ok" else advice(state, config)


def _apart(seconds: float, followed: bool) -> Words:
    """The office's clock is so far ahead of this machine's: more than a day."""
    far_vi, far = span(abs(seconds))
    way_vi, way = ("nhanh hơn", "ahead of") if seconds > 0 else ("chậm hơn", "behind")
    told_vi = f"đồng hồ Văn phòng {way_vi} đồng hồ máy này {far_vi}"
    told = f"the office's clock is {far} {way} this machine's"
    if followed:
        return (
            f"{told_vi}, máy theo giờ Văn phòng: ngày giờ trên màn hình sai thì gọi Văn phòng",
            f"{told}, and is followed: call the office if the date on the screen is wrong",
        )
    return f"{told_vi}, máy giữ giờ của mình: gọi Văn phòng", f"{told}, which keeps its own: call the office"


def _contact(at: int | None) -> Words:
    if at is None:
        return "Chưa nối được với Văn phòng từ lúc khởi động", "No contact with the office since the start"
    vietnamese, english = span(time.time() - at / 1000)
    return f"Nối với Văn phòng {vietnamese} trước", f"Last contact {english} ago"


def _waiting(count: int) -> Words:
    return f"{count} mục chờ gửi", f"{count} entries waiting" if count != 1 else "1 entry waiting"


def _age(catalogue: dict[str, Any], sure: bool) -> Words:
    age = catalogue["age"]
    return _AGE_UNKNOWN if age == "stale" and not sure else _AGES[age]


def span(seconds: float) -> Words:
    """How long that is, in the largest unit of which there are two: "90 giây", "3 giờ", "400 ngày"."""
    left = max(0, round(seconds))
    for length, vietnamese, english in _UNITS:
        if left >= 2 * length or length == 1:
            return f"{left // length} {vietnamese}", f"{left // length} {english}"
    raise AssertionError("unreachable")


_UNITS = (
    (365 * 86_400, "năm", "years"),
    (86_400, "ngày", "days"),
    (3_600, "giờ", "hours"),
    (60, "phút", "minutes"),
    (1, "giây", "s"),
)
_AGES = {
    "confirmed": ("dữ liệu là bản mới nhất", "the catalogue is the newest"),
    "fresh": ("dữ liệu chưa quá một ngày", "the catalogue is less than a day old"),
    "stale": ("dữ liệu đã quá một ngày", "the catalogue is over a day old"),
    "old": ("dữ liệu đã cũ", "the catalogue is old"),
    "none": ("chưa có dữ liệu", "there is no catalogue"),
}
_AGE_UNKNOWN = (
    "chưa rõ dữ liệu cũ bao lâu, vì đồng hồ chưa chắc đúng",
    "how old the catalogue is is not known while the clock is not sure",
)
_NOTHING = ("không phải làm gì", "nothing to do")
_WAIT = ("chờ dữ liệu từ Văn phòng", "wait for the office's catalogue")
# What to do, by the word of sync.
_DO: dict[str, Words] = {
    "not_enrolled": (
        "xin Văn phòng mã ghi danh: đưa mã QR trước camera, hoặc chạy `ocop enrol --config {config} URL MÃ`",
        "ask the office for a code: hold its QR code to a camera, or run `ocop enrol --config {config} URL CODE`",
    ),
    "unknown_device": (
        "Văn phòng không còn biết thiết bị này: xin mã ghi danh rồi chạy `ocop enrol --config {config} URL MÃ`, "
        "không mất gì",
        "the office does not know this device any more: ask for a code and run "
        "`ocop enrol --config {config} URL CODE`; nothing is lost",
    ),
    "revoked": (
        "Văn phòng đã thu hồi thiết bị này: hãy gọi Văn phòng; vẫn bán được, đơn bán vẫn gửi đi",
        "the office has revoked this device: call it; selling goes on, and sales are still sent",
    ),
    "renewing": (
        "thẻ nhớ được khôi phục từ bản sao: thiết bị đang xin mã mới, vẫn bán được",
        "the card was restored from a copy: the device is asking for a new name; selling goes on",
    ),
    "pending": (
        "thẻ nhớ được khôi phục từ bản sao: gọi Văn phòng, nhờ bấm đồng ý ở trang Điểm bán và thiết bị; vẫn bán được",
        "the card was restored from a copy: call the office, which has to agree on its page Outlets and devices; "
        "selling goes on",
    ),
    "unreachable": (
        "xem dây mạng, Wi-Fi và Internet, mạng vẫn chạy thì gọi Văn phòng; vẫn bán được, máy tự gửi lại",
        "check the network: cable, Wi-Fi, Internet; if that works, call the office; selling goes on, and it is tried "
        "again by itself",
    ),
    "certificate": (
        "chứng chỉ của Văn phòng không được chấp nhận: gọi Văn phòng, mạng không phải nguyên nhân; vẫn bán được",
        "the office's certificate is not accepted: call the office, the network is not the reason; selling goes on",
    ),
    "not_office": (
        "máy khác trả lời thay Văn phòng: xem mạng có đòi đăng nhập không, nếu không thì gọi Văn phòng; vẫn bán được",
        "something else answers in the office's place: see whether this network asks to log in, else call the office; "
        "selling goes on",
    ),
    "refused": (
        "Văn phòng trả lời nhưng không nhận: máy tự thử lại; quá một giờ thì gọi Văn phòng; vẫn bán được",
        "the office answers, but refuses: it is tried again by itself; after an hour, call the office; selling goes on",
    ),
    "catalogue": (
        "dữ liệu Văn phòng phát không dùng được nên giữ bản đang có: gọi Văn phòng; vẫn bán được, đơn bán vẫn gửi đi",
        "the catalogue that the office offers cannot be used, and the installed one stays: call the office; "
        "selling goes on, and sales are still sent",
    ),
    "fetching": (
        "máy đang tự tải lại dữ liệu: không phải làm gì",
        "the catalogue is fetched again: nothing to do",
    ),
    "disk": (
        "thẻ nhớ đầy hoặc không ghi được: gọi kỹ thuật viên",
        "the card is full or does not take writes: call the technician",
    ),
    "trouble": (
        "có lỗi chưa rõ: máy tự thử lại, vẫn bán được; gọi kỹ thuật viên xem nhật ký của dịch vụ",
        "something unforeseen: it is tried again by itself, selling goes on; have a technician look at the service's log",
    ),
}
