"""What the registry holds, as typed records: each is a row, named by its key."""

from datetime import date
from typing import Annotated

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,20}$")]
Gtin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{14}$")]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Dong = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Stars = Annotated[int, msgspec.Meta(ge=3, le=5)]


class Producer(msgspec.Struct, forbid_unknown_fields=True):
    """The cooperative, firm or household behind products. Its representative by role, never by name."""

    id: Id
    name: str
    address: str = ""
    commune: str = ""
    district: str = ""
    phone: str = ""
    lat_e5: int | None = None
    lon_e5: int | None = None
    form: str = ""
    representative: str = ""
    email: str = ""
    website: str = ""


class Product(msgspec.Struct, forbid_unknown_fields=True):
    """A product with the recognition that counts for it."""

    id: Id
    name: str
    producer: Id
    stars: Stars
    recognised: date
    recognised_until: date
    decision: str = ""
    grace_days: Days = 0
    name_en: str = ""
    group: str = ""
    group_name: str = ""
    commune: str = ""
    district: str = ""
    ingredients: str = ""
    process: str = ""
    storage: str = ""
    usage: str = ""
    allergens: list[str] = []
    story: str = ""
    illustrative: bool = False


class Recognition(msgspec.Struct, forbid_unknown_fields=True):
    """A decision that gives a product its stars; of several the newest counts."""

    product: Id
    recognised: date
    recognised_until: date
    stars: Stars
    decision: str = ""
    grace_days: Days = 0


class TradeItem(msgspec.Struct, forbid_unknown_fields=True):
    """One pack of a product."""

    gtin: Gtin
    product: Id
    unit: str = ""
    net: str = ""
    price: Dong | None = None
    stamped: bool = True


class Lot(msgspec.Struct, forbid_unknown_fields=True):
    """One production run of a trade item; `quantity` is how many packs were made."""

    id: Id
    gtin: Gtin
    code: str
    produced: date
    expires: date | None = None
    quantity: Count | None = None


class Outlet(msgspec.Struct, forbid_unknown_fields=True):
    """A certified point of sale."""

    code: Code
    name: str
    address: str = ""
    lat_e5: int | None = None
    lon_e5: int | None = None
    commune: str = ""
    certificate: str = ""
    phone: str = ""


class Contract(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """An outlet may sell a producer's goods from one day until another."""

    outlet: str
    producer: Id
    from_: date
    until: date | None = None
    grace_days: Days = 0


class Inspection(msgspec.Struct, forbid_unknown_fields=True):
    """A visit to a producer, product, lot or outlet; `consequence` is none, warning, recall or withdrawal."""

    id: Id
    day: date
    place: str
    finding: str
    producer: str = ""
    product: str = ""
    lot: str = ""
    outlet: str = ""
    sample: str = ""
    laboratory: str = ""
    consequence: str = "none"


class Target(msgspec.Struct, forbid_unknown_fields=True):
    """What the programme aims at by the end of a year; shares and growth in percent."""

    year: Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}$")]
    recognised: Count | None = None
    high_share: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    growth: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None


class Setting(msgspec.Struct, forbid_unknown_fields=True):
    """One setting of the catalogue; `outlet` "" means all outlets."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}$")]
    value: str | int | bool
    outlet: str = ""


class Pattern(msgspec.Struct, forbid_unknown_fields=True):
    """How the addresses of one kind of older, unsigned stamps are written (`kiosk.patterns`)."""

    id: Id
    pattern: str
    items: dict[str, str]  # the address's code for a trade item: its GTIN
    last_day: date


class Import(msgspec.Struct, forbid_unknown_fields=True):
    """Rows to add or to bring up to date, as `ocop office import` reads them from JSON."""

    producers: list[Producer] = []
    products: list[Product] = []
    trade_items: list[TradeItem] = []
    lots: list[Lot] = []
    outlets: list[Outlet] = []
    contracts: list[Contract] = []
    settings: list[Setting] = []
    patterns: list[Pattern] = []


Record = (
    Producer
    | Product
    | Recognition
    | TradeItem
    | Lot
    | Outlet
    | Contract
    | Inspection
    | Target
    | Setting
    | Pattern
)
