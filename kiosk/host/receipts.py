"""What a receipt says, gathered from a sale at the moment it is made: the print job's data."""

from typing import Any

from kiosk.host.judging import Judge, Judged
from kiosk.host.settings import Shop


def draft(
    shop: Shop, judge: Judge, at: int, cashier: str, sale: dict[str, Any], judged: list[Judged]
) -> dict[str, Any]:
    """The data of `printer.receipts.receipt` but for the number, which comes with the entry.

    `judged` has one answer for each line of `sale`.
    """
    catalogue = judge.catalogue
    return {
        "shop": {"name": shop.name, "address": shop.address, "tax_code": shop.tax_code},
        "host": catalogue.hosts[0] if catalogue else "",
        "at": at,
        "cashier": cashier,
        "lines": [_line(line, answer) for line, answer in zip(sale["lines"], judged, strict=True)],
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


def _line(line: dict[str, Any], judged: Judged) -> dict[str, Any]:
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
    return {
        "name": product.get("name") or line["gtin"],
        "qty": line["qty"],
        "unit": item.get("unit") or "",
        "price": line["price"],
        "amount": line["amount"],
        "provenance": provenance,
    }
