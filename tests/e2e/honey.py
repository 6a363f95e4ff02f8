"""What a scan comes to, as the service would say it: one jar of honey and every verdict on it."""

from typing import Any

from kiosk import phrases, texts

AT = 1_795_000_000_000  # 2026-11-18 11:06:40 UTC

HONEY: dict[str, Any] = {
    "gtin": "08939999000314",
    "serial": 1024,
    "product": {
        "id": "HT-VQ-031",
        "name": "Mật ong rừng Vũ Quang",
        "name_en": "Vu Quang forest honey",
        "stars": 4,
        "group": "TP",
        "group_name": "Thực phẩm",
        "commune": "Xã Hương Quang",
        "district": "Huyện Vũ Quang",
        "ingredients": "Mật ong rừng nguyên chất",
        "process": "Lấy mật từ bọng ong rừng cuối xuân, lọc thô, hạ thuỷ phần ở nhiệt độ thấp, đóng chai",
        "storage": "Nơi khô mát, tránh nắng trực tiếp; mật có thể kết tinh khi trời lạnh",
        "allergens": ["phấn hoa"],
        "story": "Mỗi mùa xuân, người thợ lại theo dấu ong vào rừng đại ngàn Vũ Quang. Mật chỉ lấy "
        "một phần, phần còn lại để đàn ong qua mùa đông. Nhờ vậy năm nào rừng cũng có mật.",
        "decision": "QĐ 3965/QĐ-UBND",
        "recognised_until": "2028-12-31",
    },
    "producer": {
        "name": "HTX Nông nghiệp Vũ Quang",
        "address": "Thôn 2",
        "commune": "Xã Hương Quang",
        "phone": "0239 000 1031",
        "lat_e5": 1_837_000,
        "lon_e5": 10_549_500,
    },
    "trade_item": {"unit": "chai", "net": "500 ml", "price": 185_000},
    "lot": {"code": "L2611-03", "produced": "2026-10-12", "expires": "2027-10-12"},
    "activated_at": AT,
    "recall": None,
    "withdrawal": None,
    "sold": None,
}
NOTHING = dict.fromkeys(HONEY)

OLD = HONEY | {"lot": {"code": "L2409-01", "produced": "2024-09-30", "expires": "2025-09-30"}}

# verdict: class, look, what is known
VERDICTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "genuine": ("ok", "ok", HONEY),
    "plain_goods": ("ok", "info", HONEY | {"serial": None, "lot": None}),
    "unreadable": ("technical", "info", NOTHING),
    "no_catalogue": ("technical", "info", NOTHING),
    "unknown_key": ("technical", "info", HONEY),
    "newer_than_catalogue": ("technical", "info", NOTHING),
    "unsigned": ("technical", "info", HONEY),
    "not_a_stamp": ("procedural", "info", NOTHING),
    "no_stamp": ("procedural", "caution", HONEY | {"serial": None, "lot": None}),
    "data_deleted": ("procedural", "info", NOTHING),
    "not_activated": ("procedural", "caution", HONEY | {"lot": None}),
    "lot_recalled": ("procedural", "problem", HONEY),
    "recognition_withdrawn": ("procedural", "problem", HONEY),
    "recognition_lapsed": ("procedural", "caution", HONEY),
    "expired": ("procedural", "problem", OLD),
    "no_contract": ("procedural", "caution", HONEY),
    "sold_elsewhere": ("procedural", "caution", HONEY),
    "bad_signature": ("suspect", "problem", HONEY | {"lot": None}),
    "stamp_void": ("suspect", "problem", HONEY),
    "unknown_serial": ("suspect", "problem", NOTHING),
}
FIELDS = {
    "product": "Mật ong rừng Vũ Quang",
    "producer": "HTX Nông nghiệp Vũ Quang",
    "stars": "4",
    "lot": "L2611-03",
    "produced": "12/10/2026",
    "expires": "12/10/2027",
    "sold_on": "20/11/2026",
    "sold_at": "Điểm bán Kỳ Anh",
    "sold_number": "HT02A-7",
    "recalled_on": "20/11/2026",
    "withdrawn_on": "20/11/2026",
    "recognised_until": "31/12/2028",
    "reason": "nhãn ghi thiếu thành phần",
    "phone": "0239 000 1031",
}


def words(verdict: str, table: dict[str, Any] = phrases.SHOPPER) -> dict[str, dict[str, str]]:
    """The service's own words, with every field known: the longest that a screen has to hold."""
    vi, vi_body, en, en_body = (texts.fill(phrase, FIELDS) for phrase in table[verdict])
    return {"vi": {"title": vi, "body": vi_body}, "en": {"title": en, "body": en_body}}


def title(verdict: str, language: str = "vi") -> str:
    return words(verdict)[language]["title"]


def scanned(verdict: str, at: int = AT, **changes: Any) -> dict[str, Any]:
    """A `verdict` event as the service sends it."""
    kind, _, provenance, *_ = VERDICTS[verdict]
    return {
        "reader": "camera",
        "place": "shopper",
        "purpose": "look",
        "verdict": verdict,
        "class": kind,
        "action": "show",
        "text": words(verdict),
        "provenance": provenance,
        "catalogue_age": "confirmed",
        "catalogue_issued": AT,
        "at": at,
        "repeated": False,
        "beside": None,
        "illustrative": True,
    } | changes
