"""What staff do with a verdict, as a sentence in Vietnamese and one in English.

Key: the action, after a slash the purpose where it differs. An action that goes without saying has none.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ACTIONS: "Final" = {
    "sell_and_flag": (
        "Bán được; đơn được ghi chú để Văn phòng xem lại.",
        "May be sold; the office will see a note on the sale.",
    ),
    "supervisor": ("Gọi người phụ trách duyệt bằng mã PIN.", "Call a supervisor to approve by PIN."),
    "refuse": ("Không bán món hàng này.", "Do not sell this item."),
    "refuse/receive": ("Không nhận món hàng này.", "Do not take this item in."),
    "refuse/return": (
        "Món hàng không thuộc đơn này hoặc đã được trả.",
        "It is not of this sale, or was already refunded.",
    ),
    "ask": ("Hỏi người phụ trách trước khi nhận.", "Ask your supervisor before taking it in."),
    "refund": (
        "Đúng là hàng của đơn này: nhận lại và trả tiền.",
        "It is of this sale: take it back and refund.",
    ),
}
