"""What a receipt says, gathered from a sale at the moment it is made: the print job's data."""

from typing import TYPE_CHECKING, Any, Final

from kiosk.host.stamps.judging import Judge, Judged

if TYPE_CHECKING:
    from kiosk.host.prints.receipt_settings import ReceiptSettings

# What the settings' page shows, and what a new template is tried on.
SAMPLE: Final[dict[str, Any]] = {
    "shop": {"name": "Cửa hàng", "address": "", "tax_code": ""},
    "number": "HT01A-1042",
    "hash10": "ABCDEFGH23",
    "check_url": "HTTPS://OCOP.EXAMPLE/R/HT01A/1042/ABCDEFGH23",
    "at": 1_795_000_000_000,
    "cashier": "Nguyễn Thị An",
    "lines": [
        {
            "name": "Nước mắm Phú Khương 40 độ đạm",
            "qty": 2,
            "unit": "chai",
            "price": 110_000,
            "amount": 220_000,
            "provenance": {
                "stars": 4,
                "producer": "HTX Kỳ Ninh",
                "lot": "NM-2610",
                "produced": "2026-10-01",
                "expires": "2028-10-01",
                "serial": 31415,
                "verdict": "genuine",
                "catalogue_age": "fresh",
            },
        },
        {
            "name": "Nón lá",
            "qty": 1,
            "unit": "chiếc",
            "price": 50_000,
            "amount": 50_000,
            "provenance": None,
        },
    ],
    "total": 270_000,
    "payments": [{"kind": "cash", "amount": 300_000}],
    "change": 30_000,
    "copy": 0,
    "illustrative": False,
    "catalogue_issued": 1_794_990_000_000,
}


def shop_of(settings: "ReceiptSettings", total: int) -> dict[str, Any]:
    """The parts of a receipt's data that the shop's settings decide: its texts, and the VAT within `total`."""
    texts = {name: getattr(settings, name) for name in ("name", "address", "tax_code", "header", "footer")}
    data: dict[str, Any] = {"shop": texts}
    if settings.vat:
        tax = round(total * settings.vat / (100 + settings.vat))
        data["vat"] = [{"rate": settings.vat, "base": total - tax, "amount": tax}]
    return data


def draft(
    settings: "ReceiptSettings",
    judge: Judge,
    at: int,
    cashier: str,
    sale: dict[str, Any],
    judged: list[Judged],
    sets: dict[int, str],
) -> dict[str, Any]:
    """The data of `printer.receipts.receipt` but for the number, which comes with the entry.

    `judged` has one answer for each line of `sale`; `sets` are the names of its gift sets by number, "" for none.
    """
    catalogue = judge.catalogue
    data = {"shop": shop_of(settings, 0)["shop"]}
    vat = _vat(sale["lines"])
    if vat:
        data["vat"] = vat
    if "buyer" in sale:
        data["buyer"] = sale["buyer"]
    return data | {
        "host": catalogue.hosts[0] if catalogue else "",
        "at": at,
        "cashier": cashier,
        "lines": [_line(line, answer, sets) for line, answer in zip(sale["lines"], judged, strict=True)],
        "total": sale["total"],
        "payments": sale["payments"],
        "change": sale["change"],
        "copy": 0,
        "illustrative": judge.illustrative,
        "catalogue_issued": catalogue.issued if catalogue else None,
    }


def numbered(drafted: dict[str, Any], device: str, seq: int, hash10: str) -> dict[str, Any]:
    """The receipt of entry `seq`: its number, its hash, and the address where both can be checked."""
    data = {name: value for name, value in drafted.items() if name != "host"}
    check_url = f"HTTPS://{drafted['host']}/R/{device}/{seq}/{hash10}"
    return data | {"number": f"{device}-{seq}", "hash10": hash10, "check_url": check_url}


def _vat(lines: list[dict[str, Any]]) -> list[dict[str, int]]:
    """VAT within the lines, by rate."""
    rates: dict[int, list[int]] = {}
    for line in lines:
        if "vat" in line:
            sums = rates.setdefault(line["vat"], [0, 0])
            sums[0] += line["amount"] - line["tax"]
            sums[1] += line["tax"]
    return [{"rate": rate, "base": base, "amount": tax} for rate, (base, tax) in sorted(rates.items())]


def _line(line: dict[str, Any], judged: Judged, sets: dict[int, str]) -> dict[str, Any]:
    facts = judged.verdict.facts
    product, item, lot = facts.get("product") or {}, facts.get("trade_item") or {}, facts.get("lot") or {}
    provenance = None
    if product:
        provenance = {
            "stars": product.get("stars"),
            "producer": (facts.get("producer") or {}).get("name"),
            "lot": lot.get("code"),
            "produced": lot.get("produced"),
            "expires": lot.get("expires"),
            "serial": line.get("serial"),
            "verdict": judged.verdict.verdict,
            "catalogue_age": judged.age,
        }
    name = product.get("name") or line["gtin"]
    if "set" in line:
        name = f"{sets.get(line['set']) or 'Bộ quà'} {line['set']}: {name}"
    return {
        "name": name,
        "qty": line["qty"],
        "unit": item.get("unit") or "",
        "price": line["price"],
        "amount": line["amount"],
        "discount": line.get("discount", 0),
        "provenance": provenance,
    }
