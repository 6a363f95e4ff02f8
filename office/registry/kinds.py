"""The kinds of records as people meet them: names, fields in their order, what a list shows.

Forms, lists, imports and exports are all read from this one description.
"""

from typing import NamedTuple

from sqlalchemy import Table

from office import schema
from office.registry import records
from office.registry.fields import Field, Words

FORMS = ("Hợp tác xã", "Doanh nghiệp", "Hộ kinh doanh", "Tổ hợp tác")
SECTORS = (
    ("TP", ("Thực phẩm", "Food")),
    ("DU", ("Đồ uống", "Drinks")),
    ("DL", ("Dược liệu và sản phẩm từ dược liệu", "Herbs and what is made of them")),
    ("TC", ("Thủ công mỹ nghệ", "Crafts")),
    ("SV", ("Sinh vật cảnh", "Ornamental plants and animals")),
    ("DV", ("Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch", "Community tourism")),
)  # Decision 148/QĐ-TTg of 2023
CONSEQUENCES = (
    ("none", ("Không", "None")),
    ("warning", ("Nhắc nhở", "Warning")),
    ("recall", ("Thu hồi lô", "Lot recall")),
    ("withdrawal", ("Thu hồi công nhận", "Withdrawal of recognition")),
)


def sector(code: str, name: str) -> Words:
    """What a product's group is called, by its code in SECTORS and the name that its record has ("": the group's)."""
    vi, en = dict(SECTORS).get(code, (code, code))
    return (vi, en) if name in ("", vi) else (name, name)


class Kind(NamedTuple):
    """A kind of record. `name` is its table's and stands in addresses; `columns` are those of its list."""

    name: str
    words: Words  # of many
    one: Words
    table: Table
    record: type
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    order: str
    permission: str = "register"

    def field(self, name: str) -> Field:
        """The field of this name. KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


_ID = Field("id", ("Mã", "Code"), "id", True, fixed=True)
_ADDRESS = Field("address", ("Địa chỉ", "Address"))
_COMMUNE = Field("commune", ("Xã, phường", "Commune"))
_DISTRICT = Field("district", ("Huyện cũ", "Former district"))
_LAT = Field("lat_e5", ("Vĩ độ", "Latitude"), "degrees", hint=("độ, như 18,34281", "degrees, as 18.34281"))
_LON = Field(
    "lon_e5", ("Kinh độ", "Longitude"), "degrees", hint=("độ, như 105,90562", "degrees, as 105.90562")
)
_STARS = Field(
    "stars", ("Hạng sao", "Stars"), "choice", True,
    tuple((str(count), (f"{count} sao", f"{count} stars")) for count in (3, 4, 5)),
)  # fmt: skip
_RECOGNISED = Field("recognised", ("Ngày công nhận", "Recognised on"), "date", True)
_UNTIL = Field(
    "recognised_until", ("Công nhận đến", "Recognised until"), "date",
    hint=("để trống: 36 tháng", "empty: 36 months"),
)  # fmt: skip
_DECISION = Field("decision", ("Số quyết định", "Decision"))
_GRACE = Field("grace_days", ("Số ngày gia hạn", "Days of grace"), "integer", default=0)
_PRODUCT = Field("product", ("Sản phẩm", "Product"), "ref", True, ref="products")
_PRODUCER = Field("producer", ("Chủ thể", "Producer"), "ref", True, ref="producers")

PRODUCERS = Kind(
    "producers", ("Chủ thể", "Producers"), ("Chủ thể", "Producer"), schema.producers, records.Producer,
    (
        _ID,
        Field("name", ("Tên chủ thể", "Name"), required=True),
        Field("form", ("Loại hình", "Form"), suggest=FORMS),
        Field("representative", ("Chức vụ người đại diện", "Representative's role"),
              hint=("chỉ ghi chức vụ, không ghi tên", "the role only, no name")),
        _ADDRESS, _COMMUNE, _DISTRICT,
        Field("phone", ("Điện thoại", "Phone")),
        Field("email", ("Email", "E-mail")),
        Field("website", ("Trang web", "Website")),
        _LAT, _LON,
    ),
    ("name", "form", "commune", "phone"), "name",
)  # fmt: skip

PRODUCTS = Kind(
    "products", ("Sản phẩm", "Products"), ("Sản phẩm", "Product"), schema.products, records.Product,
    (
        _ID,
        Field("name", ("Tên sản phẩm", "Name"), required=True),
        Field("name_en", ("Tên tiếng Anh", "English name")),
        _PRODUCER,
        Field("group", ("Nhóm", "Group"), "choice", choices=SECTORS,
              hint=("theo Quyết định 148/QĐ-TTg (2023)", "by Decision 148/QĐ-TTg (2023)")),
        Field("group_name", ("Tên nhóm", "Group's name"), hint=("để trống: theo nhóm", "empty: as the group")),
        _STARS, _DECISION, _RECOGNISED._replace(fixed=True), _UNTIL, _GRACE,
        _COMMUNE, _DISTRICT,
        Field("ingredients", ("Nguyên liệu", "Materials"), "long"),
        Field("process", ("Quy trình", "Process"), "long"),
        Field("storage", ("Bảo quản", "Storage"), "long"),
        Field("usage", ("Hướng dẫn sử dụng", "Use"), "long"),
        Field("allergens", ("Chất gây dị ứng", "Allergens"), "list", hint=("cách nhau dấu phẩy", "with commas")),
        Field("story", ("Câu chuyện sản phẩm", "Story"), "long"),
        Field("illustrative", ("Dữ liệu minh hoạ", "Sample data"), "bool"),
    ),
    ("name", "producer", "group", "stars", "recognised_until"), "name",
)  # fmt: skip

RECOGNITIONS = Kind(
    "recognitions", ("Quyết định công nhận", "Recognitions"), ("Quyết định công nhận", "Recognition"),
    schema.recognitions, records.Recognition,
    (
        _PRODUCT._replace(fixed=True), _RECOGNISED._replace(fixed=True), _UNTIL, _STARS, _DECISION, _GRACE,
    ),
    ("product", "stars", "decision", "recognised", "recognised_until"), "-recognised",
)  # fmt: skip

TRADE_ITEMS = Kind(
    "trade_items", ("Mặt hàng", "Trade items"), ("Mặt hàng", "Trade item"), schema.trade_items, records.TradeItem,
    (
        Field("gtin", ("GTIN", "GTIN"), "gtin", True, fixed=True,
              hint=("để trống: Văn phòng cấp mã", "empty: the office assigns one")),
        _PRODUCT,
        Field("unit", ("Đơn vị tính", "Unit"), suggest=("chai", "hộp", "gói", "lọ", "túi")),
        Field("net", ("Quy cách", "Net content"), hint=("như 500 ml", "as 500 ml")),
        Field("price", ("Giá đề nghị (đ)", "Suggested price (đ)"), "money"),
        Field("stamped", ("Có dán tem", "Carries stamps"), "bool", default=True),
    ),
    ("gtin", "product", "net", "unit", "price"), "gtin",
)  # fmt: skip

LOTS = Kind(
    "lots", ("Lô hàng", "Lots"), ("Lô hàng", "Lot"), schema.lots, records.Lot,
    (
        _ID,
        Field("gtin", ("Mặt hàng (GTIN)", "Trade item (GTIN)"), "ref", True, ref="trade_items"),
        Field("code", ("Số lô trên bao bì", "Lot number on the pack"), required=True),
        Field("produced", ("Ngày sản xuất", "Produced"), "date", True),
        Field("expires", ("Hạn sử dụng", "Best before"), "date",
              hint=("để trống: không có hạn", "empty: it never expires")),
        Field("quantity", ("Số lượng sản xuất", "Packs made"), "integer"),
    ),
    ("id", "gtin", "code", "produced", "expires", "quantity"), "-produced",
)  # fmt: skip

OUTLETS = Kind(
    "outlets", ("Điểm bán", "Outlets"), ("Điểm bán", "Outlet"), schema.outlets, records.Outlet,
    (
        Field("code", ("Mã điểm bán", "Code"), "code", True, fixed=True),
        Field("name", ("Tên điểm bán", "Name"), required=True),
        _ADDRESS, _COMMUNE,
        Field("certificate", ("Giấy chứng nhận", "Certificate"), hint=("số, ngày", "number, date")),
        Field("phone", ("Điện thoại", "Phone"), hint=("của cửa hàng", "of the shop")),
        _LAT, _LON,
    ),
    ("code", "name", "address", "commune"), "code",
)  # fmt: skip

CONTRACTS = Kind(
    "contracts", ("Hợp đồng", "Contracts"), ("Hợp đồng", "Contract"), schema.contracts, records.Contract,
    (
        Field("outlet", ("Điểm bán", "Outlet"), "ref", True, ref="outlets", fixed=True),
        _PRODUCER._replace(fixed=True),
        Field("from", ("Từ ngày", "From"), "date", True, fixed=True),
        Field("until", ("Đến ngày", "Until"), "date", hint=("để trống: không thời hạn", "empty: open-ended")),
        _GRACE,
    ),
    ("outlet", "producer", "from", "until", "grace_days"), "outlet",
)  # fmt: skip

INSPECTIONS = Kind(
    "inspections", ("Kiểm tra", "Inspections"), ("Lần kiểm tra", "Inspection"),
    schema.inspections, records.Inspection,
    (
        _ID,
        Field("day", ("Ngày", "Date"), "date", True),
        Field("place", ("Nơi kiểm tra", "Place"), required=True),
        Field("finding", ("Nội dung, kết quả", "Finding"), "long", True),
        _PRODUCER._replace(required=False),
        _PRODUCT._replace(required=False),
        Field("lot", ("Lô hàng", "Lot"), "ref", ref="lots"),
        Field("outlet", ("Điểm bán", "Outlet"), "ref", ref="outlets"),
        Field("sample", ("Mẫu đã lấy", "Sample taken")),
        Field("laboratory", ("Kết quả xét nghiệm", "Laboratory result"), "long"),
        Field("consequence", ("Xử lý", "Consequence"), "choice", choices=CONSEQUENCES, default="none",
              hint=("thu hồi có hiệu lực ngay tại mọi điểm bán, thu hồi công nhận là với mọi hàng; đổi lại mục này không gỡ "
                    "thu hồi: hoàn tác trong Lịch sử",
                    "a recall reaches every outlet at once, a withdrawal is for all goods; choosing something else later "
                    "does not lift it: undo it in the history")),
    ),
    ("day", "place", "producer", "product", "consequence"), "-day", "inspect",
)  # fmt: skip

TARGETS = Kind(
    "targets", ("Chỉ tiêu", "Targets"), ("Chỉ tiêu năm", "Targets of a year"), schema.targets, records.Target,
    (
        Field("year", ("Năm", "Year"), "code", True, fixed=True, hint=("như 2026", "as 2026")),
        Field("recognised", ("Số sản phẩm được công nhận", "Recognised products"), "integer",
              hint=("còn hiệu lực vào ngày 31/12; để trống: không đặt", "that hold on 31 December; empty: none set")),
        Field("high_share", ("Tỷ lệ 4 và 5 sao (%)", "Share of 4 and 5 stars (%)"), "integer"),
        Field("growth", ("Tăng trưởng doanh thu (%)", "Growth of sales (%)"), "integer",
              hint=("so với năm trước", "on the year before")),
    ),
    ("year", "recognised", "high_share", "growth"), "-year",
)  # fmt: skip

KINDS = {
    kind.name: kind
    for kind in (
        PRODUCERS, PRODUCTS, RECOGNITIONS, TRADE_ITEMS, LOTS, OUTLETS, CONTRACTS, INSPECTIONS, TARGETS,
    )
}  # fmt: skip
"""By name, in an order in which each rests only on those before it."""

TITLES = {"producers": "name", "products": "name", "outlets": "name"}
"""The column that says to people which record is meant, where the key does not."""
