"""The fields of the forms by which something is done that is no record: with stamps, and what ends a lot or recognition."""

from office.registry.fields import Field

ITEM = Field("gtin", ("Mặt hàng (GTIN)", "Trade item (GTIN)"), "ref", True, ref="trade_items")
COUNT = Field("count", ("Số tem", "How many stamps"), "integer", True)
FIRST = Field("first", ("Từ tem số", "From serial"), "integer", True)
LAST = Field("last", ("Đến tem số", "To serial"), "integer", True)
LOT = Field("lot", ("Lô hàng", "Lot"), "ref", ref="lots")
CODE = Field("code", ("Số lô", "Lot number"))
PRODUCED = Field("produced", ("Ngày sản xuất", "Produced"), "date")
EXPIRES = Field(
    "expires", ("Hạn sử dụng", "Best before"), "date", hint=("để trống: không có hạn", "empty: never")
)
QUANTITY = Field("quantity", ("Số lượng sản xuất", "Packs made"), "integer")
REASON = Field("reason", ("Lý do", "Reason"), "text", True)
ON = Field("on", ("Ngày quyết định", "Date of the decision"), "date", True)
PRODUCED_FROM = Field("produced_from", ("Hàng sản xuất từ ngày", "Goods produced from"), "date")

EVERY = (ITEM, COUNT, FIRST, LAST, LOT, CODE, PRODUCED, EXPIRES, QUANTITY, REASON, ON, PRODUCED_FROM)
