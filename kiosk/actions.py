"""The words for what the till does with a verdict, in Vietnamese and English.

Key: the action, after a slash the purpose where it differs. Value: title and body in each language.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# Short words for a button or a sign, and the sentence that tells staff what to do.
ACTIONS: "Final" = {
    "show": ("Chỉ xem", "", "Look only", ""),
    "sell": ("Bán", "", "Sell", ""),
    "sell_and_flag": (
        "Bán, có ghi chú",
        "Bán được; đơn được ghi chú để Văn phòng xem lại.",
        "Sell, with a note",
        "May be sold; the office will see a note on the sale.",
    ),
    "supervisor": (
        "Cần người phụ trách duyệt",
        "Gọi người phụ trách duyệt bằng mã PIN.",
        "Supervisor must approve",
        "Call a supervisor to approve by PIN.",
    ),
    "refuse": ("Không bán", "Không bán món hàng này.", "Do not sell", "Do not sell this item."),
    "accept": ("Nhận hàng", "", "Take in", ""),
    "ask": (
        "Hỏi trước khi nhận",
        "Hỏi người phụ trách trước khi nhận.",
        "Ask before taking in",
        "Ask your supervisor before taking it in.",
    ),
    "refuse/receive": (
        "Không nhận",
        "Không nhận món hàng này.",
        "Do not take in",
        "Do not take this item in.",
    ),
    "refund": (
        "Trả lại được",
        "Đúng là hàng của đơn này: nhận lại và trả tiền.",
        "Refund",
        "It is of this sale: take it back and refund.",
    ),
    "refuse/return": (
        "Không trả lại được",
        "Món hàng không thuộc đơn này hoặc đã được trả.",
        "No refund",
        "It is not of this sale, or was already refunded.",
    ),
}
