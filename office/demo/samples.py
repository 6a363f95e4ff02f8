"""Fills an empty office with the sample data, and names the stamps that the demo shows.

Producers, products and trade items come from `config/samples` (its README says what is real and what
is illustrative). Lots, stamps and contracts are made up here, with dates relative to the day it runs.
Only goods that the README calls made up, or whose producer is, get bad news (a recall, a withdrawal).
"""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, select

import config
from config.exits import CommandError
from office import registry, schema, stamps
from office.demo import stills
from office.publishing import keys
from office.registry import files, photos
from office.settings import Settings
from office.storage import database
from office.times import local_date
from scanner.stamps import Stamp, message, uri

FOLDER = Path(config.__file__).parent / "samples"
BY = "ocop demo"

PER_BATCH = 40  # stamps issued for each trade item
ACTIVE = 30  # of which active
_EXTRA = (31, 35)  # serials activated to a second lot, where there is one

OUTLETS = {"HT01": "Cửa hàng OCOP Thành phố Hà Tĩnh", "HT02": "Điểm bán OCOP Kỳ Anh"}

# Which product of the sample plays which part.
_GENUINE_A = "HT-TKA-001"  # fish sauce, four stars
_GENUINE_B = "HT-TH-003"  # peanut candy, four stars
_EXPIRED = "HT-DT-019"
_RECALLED = "HT-TKA-011"
_WITHDRAWN = "HT-HL-009"
_NOT_ACTIVATED = "HT-HK-036"
_UNSTAMPED_GROUPS = ("DV", "SV")  # tours and bonsai carry no stamps
_DAY_MS = 86_400_000


class DemoStamp(NamedTuple):
    """What one demo picture shows: `name` in the story, `kind` "stamp", "ean13" or "text", the text to
    be read, and what stands on the pack."""

    name: str
    kind: str
    text: str
    product: str


def fill(engine: Engine, settings: Settings, now: int) -> list[DemoStamp]:
    """Import everything in one transaction and return the demo's stamps. `now` is ms UTC.

    Raises CommandError when there is a registry already: sample data must never mix with real data.
    """
    today = local_date(now)
    data = rows(today)
    with database.writing(engine) as connection:
        if connection.execute(select(schema.producers.c.id).limit(1)).first() is not None:
            raise CommandError(
                "this office has a registry already; the samples only go into an empty one.",
                vi="văn phòng này đã có danh mục; dữ liệu mẫu chỉ vào văn phòng trống.",
            )
        registry.import_rows(connection, data, BY, now)
        batches = {
            item.product: stamps.issue(
                connection, item.gtin, PER_BATCH, "A", BY, now - 90 * _DAY_MS, settings.stamps.fee
            )
            for item in data.trade_items
            if item.stamped
        }
        _activate(connection, data, now)
        _bad_news(connection, today, now)
        _show(connection, data, now)
    signer = keys.load(settings.folder / "keys", "stamp-A")
    return _demo_stamps(data, batches, settings.stamps.host, signer)


def rows(today: date) -> registry.Import:
    """The registry of the samples on the day `today`."""
    sample = _read("sample_products.json")["products"]
    places = {row["code"]: row for row in _read("districts.json")["districts"]}
    return registry.Import(
        producers=[_producer(row) for row in sample],
        products=[_product(row, today) for row in sample],
        trade_items=[_trade_item(row) for row in sample],
        lots=[lot for row in sample for lot in _lots(row, today)],
        outlets=[
            registry.Outlet(code=code, name=name, address=place["name"], lat_e5=_e5(place["lat"]),
                            lon_e5=_e5(place["lon"]))
            for (code, name), place in zip(OUTLETS.items(), (places["HT"], places["TKA"]), strict=True)
        ],
        contracts=[
            registry.Contract(outlet=outlet, producer=_producer_id(row), from_=today - timedelta(days=300))
            for outlet in OUTLETS
            for row in sample
        ],
        settings=[
            registry.Setting(name="office_name", value="Văn phòng Điều phối OCOP tỉnh Hà Tĩnh"),
            registry.Setting(name="illustrative", value=True),
            registry.Setting(name="no_stamp_action", value="supervisor"),
        ],
    )  # fmt: skip


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def _producer_id(row: dict[str, Any]) -> str:
    return f"CT-{row['id']}"


def _producer(row: dict[str, Any]) -> registry.Producer:
    return registry.Producer(
        id=_producer_id(row), name=row["producer"], address=f"{row['commune']}, {row['district']}",
        commune=row["commune"], district=row["district"], phone=row["producer_contact"]["phone"],
        lat_e5=_e5(row["lat"]), lon_e5=_e5(row["lon"]),
    )  # fmt: skip


def _product(row: dict[str, Any], today: date) -> registry.Product:
    names = "id name name_en group group_name stars commune district ingredients process storage story"
    recognised = today - timedelta(days=400)
    own = {name: row[name] or "" for name in names.split()} | {
        "allergens": row["allergens"] or [],
        "producer": _producer_id(row),
        "decision": "Quyết định minh hoạ",
        "recognised": recognised,
        # 36 months; the 28th exists in every one of them.
        "recognised_until": recognised.replace(year=recognised.year + 3, day=min(recognised.day, 28)),
        "grace_days": 90,
        "illustrative": True,
    }
    return msgspec.convert(own, registry.Product)


def _trade_item(row: dict[str, Any]) -> registry.TradeItem:
    return registry.TradeItem(
        gtin="0" + row["gtin"], product=row["id"], unit=row["unit"], net=row["net"],
        price=row["price_vnd"], stamped=row["group"] not in _UNSTAMPED_GROUPS,
    )  # fmt: skip


def _lots(row: dict[str, Any], today: date) -> list[registry.Lot]:
    """Today's lot of a trade item, and the second one of those that play a part."""
    if row["group"] in _UNSTAMPED_GROUPS:
        return []
    life = row["shelf_life_days"]
    # A fifth of its life, two months at most, has the lot stood on the shelf.
    made = [("L1", min(life // 5, 60) if life else 60)]
    if row["id"] == _EXPIRED:
        made.append(("L2", life + 5))  # its last day was five days ago
    if row["id"] == _RECALLED:
        made.append(("L2", 40))
    lots = []
    for name, days in made:
        produced = today - timedelta(days=days)
        expires = produced + timedelta(days=life) if life else None
        code = f"L{produced:%y%m%d}"
        lots.append(
            registry.Lot(
                id=f"{row['id']}-{name}",
                gtin="0" + row["gtin"],
                code=code,
                produced=produced,
                expires=expires,
            )
        )
    return lots


def _activate(connection: Connection, data: registry.Import, now: int) -> None:
    """Activate each lot's stamps as of the day it was produced."""
    for lot in data.lots:
        product, _, which = lot.id.rpartition("-")
        if product == _NOT_ACTIVATED:
            continue
        first, last = (1, ACTIVE) if which == "L1" else _EXTRA
        at = now - (local_date(now) - lot.produced).days * _DAY_MS
        stamps.activate(connection, lot.gtin, first, last, lot.id, BY, at)


def _bad_news(connection: Connection, today: date, now: int) -> None:
    registry.recall(
        connection, f"{_RECALLED}-L2", "Độ ẩm vượt mức công bố (tình huống minh hoạ)", BY, now - 2 * _DAY_MS
    )
    registry.withdraw(
        connection, _WITHDRAWN, today - timedelta(days=10), None,
        "Không còn đáp ứng tiêu chí đã công nhận (tình huống minh hoạ)", BY, now,
    )  # fmt: skip


def _show(connection: Connection, data: registry.Import, now: int) -> None:
    """Give the products their pictures."""
    for product in data.products:
        still = stills.picture(product.name)
        if still is not None:
            number = files.add(
                connection, "products", product.id, f"{product.id}.jpg", "image/jpeg", still, BY, now
            )
            photos.show(connection, number, photos.small(still), BY, now)


def _demo_stamps(
    data: registry.Import, batches: dict[str, stamps.Batch], host: str, signer: keys.Signer
) -> list[DemoStamp]:
    titles = {product.id: product.name for product in data.products}

    def stamp(name: str, product: str, serial: int, by: keys.Signer = signer) -> DemoStamp:
        batch = batches[product]
        signature = by.sign(message(host, batch.k, batch.gtin, serial))
        text = uri(Stamp(host, batch.k, signature, batch.gtin, serial))
        return DemoStamp(name, "stamp", text, titles[product])

    forger = keys.Signer(hashlib.sha256(b"a key that is not the office's").digest())
    goods = DemoStamp("ean13", "ean13", batches[_GENUINE_B].gtin[1:], titles[_GENUINE_B])
    return [
        stamp("genuine_a", _GENUINE_A, 7),
        stamp("genuine_b", _GENUINE_B, 12),
        stamp("expired", _EXPIRED, _EXTRA[0]),
        stamp("recalled", _RECALLED, _EXTRA[0]),
        stamp("withdrawn", _WITHDRAWN, 5),
        stamp("not_activated", _NOT_ACTIVATED, 9),
        stamp("forged", _GENUINE_A, 8, by=forger),
        goods,
        DemoStamp("text", "text", "https://example.org/thuc-don", "Thực đơn"),
    ]


def _e5(degrees: float) -> int:
    return round(degrees * 100_000)
