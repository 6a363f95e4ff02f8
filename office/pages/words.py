"""Words for what the office's pages list: pairs of Vietnamese and English."""

from typing import Any

from kiosk import calendar, phrases
from office.pages import act_fields
from office.registry.kinds import KINDS
from office.web.rendering import moment

# By the kind of an alert (`office.audit.ALERTS`).
ALERTS = {
    "fork": ("Nhật ký của thiết bị bị tách nhánh", "A device's journal has two versions"),
    "quarantined": ("Dữ liệu không đọc được, đã để riêng", "An entry that cannot be read, put aside"),
    "damaged": ("Dữ liệu hỏng trên thiết bị", "An entry damaged on the device"),
    "lost": ("Thiết bị mất một mục nhật ký", "A device has lost an entry"),
    "gap": ("Thiếu một đoạn nhật ký của thiết bị", "A part of a device's journal is missing"),
    "silent": ("Thiết bị im lặng quá lâu", "A device has been silent for too long"),
    "bad_checkpoint": ("Chữ ký nhật ký không khớp", "A journal's signature does not fit"),
    "sold_twice": ("Một tem bán hai lần", "One stamp sold twice"),
    "undone_twice": ("Một món trả lại hai lần", "One thing given back twice"),
    "sold_flagged": ("Đơn bán cần xem lại", "A sale to look at"),
    "wrong_total": ("Đơn bán cộng sai", "A sale that does not add up"),
    "revoked_device": ("Thiết bị đã thu hồi vẫn gửi dữ liệu", "A revoked device still sends"),
    "revoked_sales": (
        "Thiết bị đã thu hồi gửi đơn bán, chưa được tính",
        "A revoked device sent sales, which are held",
    ),
    "restored_card": (
        "Thẻ nhớ được khôi phục từ bản sao; thiết bị xin mã mới",
        "A card was restored from a copy; its device asks to be a new one",
    ),
    "brought": (
        "Máy khác gửi các mục mà văn phòng đã mất",
        "Another till brought entries that the office has lost",
    ),
    "shopper_report": ("Khách báo có vấn đề", "A shopper reports a problem"),
    "activation_changed": ("Đính chính kích hoạt tem", "An activation was corrected"),
    "lot_changed": ("Đính chính lô hàng đã dán tem", "A lot in use was corrected"),
    "far_apart": ("Một tem quét ở hai nơi quá xa nhau", "One stamp scanned at two places too far apart"),
    "overproduced": ("Kích hoạt nhiều hơn số đã sản xuất", "More activated than produced"),
    "clock_wrong": ("Đồng hồ của quầy từng sai", "A till's clock was wrong"),
    "impossible_time": ("Đơn bán ghi giờ không thể có", "Sales with an impossible time"),
    "not_in_books": ("Hoá đơn không có trong sổ", "A receipt that is not in the books"),
}
OTHER_ALERT = ("Cần xem lại", "To look at")

STATES = {
    "active": ("Hoạt động", "Active"),
    "forked": ("Nhật ký tách nhánh", "Forked journal"),
    "revoked": ("Đã thu hồi", "Revoked"),
    "forgotten": ("Văn phòng đã mất ghi danh", "Its enrolment is lost here"),
}

# By the keys of an alert's detail.
_DETAILS = {
    "verdict": ("kết quả kiểm tra", "verdict"),
    "reason": ("lý do", "reason"),
    "first": ("từ tem", "from stamp"),
    "last": ("đến tem", "to stamp"),
    "from": ("từ lô", "from lot"),
    "lot": ("lô", "lot"),
    "by": ("người làm", "by"),
    "code": ("số lô", "lot number"),
    "produced": ("sản xuất", "produced"),
    "activated": ("kích hoạt", "activated"),
    "sold": ("đã bán", "sold"),
    "km": ("cách nhau (km)", "apart (km)"),
    "minutes": ("cách nhau (phút)", "apart (minutes)"),
    "scans": ("lần quét", "scans"),
    "entries": ("số mục", "entries"),
    "expires": ("hạn sử dụng", "best before"),
    "other": ("hoá đơn kia", "other receipts"),
    "sales": ("hoá đơn", "receipts"),
    "clock_said": ("đồng hồ chỉ", "the clock said"),
    "true_time": ("giờ đúng", "the true time"),
    "count": ("số đơn bán", "sales"),
    "guessed": ("trong đó ước lượng", "of these guessed"),
    "held": ("chưa được tính", "held, not counted"),
    "sale": ("đơn bán", "sale"),
    "undone": ("phiếu trả hoặc huỷ", "refunds and voids"),
    "total": ("tổng trên hoá đơn", "total"),
    "sum": ("cộng các dòng", "sum of the lines"),
    "branch": ("nhánh", "branch"),
    "problem": ("vấn đề", "problem"),
    "until": ("đến mục", "up to entry"),
    "since": ("từ lúc", "since"),
    "replaces": ("thay cho", "replaces"),
    "hash10": ("mã trên hoá đơn", "code on the receipt"),
    "batch": ("đợt", "batch"),
    "file": ("tệp số", "file"),
    "name": ("tên", "name"),
    "note": ("ghi chú", "note"),
    "on": ("từ ngày", "from"),
    "last_day": ("ngày cuối", "last day"),
    "role": ("vai trò", "role"),
    "producer": ("chủ thể", "producer"),
    "ranges": ("số dải tem", "ranges of stamps"),
}

_DATES = ("produced", "expires", "on", "last_day")
_TIMES = ("since", "clock_said", "true_time")  # ms UTC

# By the name of a form's field, for forms that are no record's.
FIELDS = {field.name: field.words for field in act_fields.EVERY} | {
    "note": ("Ghi chú", "Note"),
    "branch": ("Nhánh", "Branch"),
    "role": ("Vai trò", "Role"),
    "act": ("Việc làm", "What to do"),
}
_ACTS = {
    "handle": ("Đánh dấu đã xử lý", "Mark as handled"),
    "reopen": ("Mở lại", "Open again"),
    "accept": ("Chấp nhận", "Accept"),
    "set_aside": ("Để riêng", "Set aside"),
    "enable": ("Mở khoá tài khoản", "Enable the account"),
    "disable": ("Khoá tài khoản", "Disable the account"),
    "forget": ("Xoá mã xác thực", "Forget the second factor"),
    "role": ("Đổi vai trò", "Change the role"),
}


def typed(kind: str, texts: dict[str, str], language: int) -> list[tuple[str, str]]:
    """What people typed or chose in a form, with their fields' names; `kind` is the record's, "" for no record."""
    known = {field.name: field for field in KINDS[kind].fields} if kind in KINDS else {}
    found = []
    for name, text in texts.items():
        if not text or name in ("seen", "sure", "once"):
            continue
        field = known.get(name)
        label = field.words if field else FIELDS.get(name, (name, name))
        choices = dict(field.choices) if field else _ACTS if name == "act" else {}
        found.append((label[language], choices[text][language] if text in choices else text))
    return found


def details(detail: dict[str, Any], language: int) -> list[str]:
    """An alert's detail as words; `language` is 0 for Vietnamese, 1 for English."""
    return [
        f"{_DETAILS.get(name, (name, name))[language]}: {_value(name, detail[name], language)}"
        for name in sorted(detail)
    ]


def deed(detail: dict[str, Any] | None, language: int) -> list[str]:
    """What the audit log keeps of a deed, as far as it says something to people."""
    return details({name: value for name, value in (detail or {}).items() if name in _DETAILS}, language)


def _value(name: str, value: Any, language: int) -> str:
    if name in _TIMES and isinstance(value, int):  # of silence the alert keeps a time as text
        return moment(value, ("vi", "en")[language])
    if name in _DATES and isinstance(value, str) and value:  # of a lot too many the alert keeps a count
        return calendar.vietnamese(value) if language == 0 else calendar.english(value)
    if name == "verdict" and value in phrases.STAFF:
        return phrases.STAFF[value][2 * language]
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
