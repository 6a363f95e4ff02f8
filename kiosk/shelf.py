"""What has to leave the shelf, what will soon, and what a producer is owed: readings of the stock."""

from kiosk import calendar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    Row = dict[str, Any]

# In the order in which they are judged (`kiosk.verdicts`).
OFF_THE_SHELF: "Final" = (
    "stamp_void",
    "lot_recalled",
    "recognition_withdrawn",
    "recognition_lapsed",
    "expired",
)


def trouble(
    void: bool,
    lot: "Row | None",
    recall: "Row | None",
    product: "Row | None",
    withdrawal: "Row | None",
    today: str,
) -> "str | None":
    """Why an item may not stand on the shelf (one of OFF_THE_SHELF), None if it may. As a scan would be judged."""
    if void:
        return "stamp_void"
    if recall is not None:
        return "lot_recalled"
    if withdrawal is not None and withdrawal["on"] <= today:
        since = withdrawal["produced_from"]
        if since is None or lot is None or lot["produced"] >= since:
            return "recognition_withdrawn"
    if lot is not None and product is not None and _lapsed(lot["produced"], product):
        return "recognition_lapsed"
    if lot is not None and lot["expires"] is not None and today > lot["expires"]:
        return "expired"
    return None


def _lapsed(produced: str, product: "Row") -> bool:
    until = product["recognised_until"]
    if until is None or produced <= until:
        return False
    return bool(produced > calendar.add_days(until, product["grace_days"]))


def expires_within(lot: "Row | None", today: str, days: int) -> bool:
    """Whether an item that still keeps does so for at most so many days, today counted as 0."""
    if lot is None or lot["expires"] is None:
        return False
    return bool(today <= lot["expires"] <= calendar.add_days(today, days))


def statement(
    moves: "list[tuple[str, int, bool, str, int]]", since: int, until: int
) -> "dict[str, dict[str, int]]":
    """How the stock of each GTIN moved from `since` up to, not with, `until` (ms UTC).

    moves: (gtin, qty, counted, kind of entry, at) in the journal's order; `counted` means that `qty` is what there was.
    By GTIN: opening, received, sold, returned (by customers), damaged, sent (to other outlets and the producer),
    found (by counting; below 0: missed), closing. Clocks may jump: an entry counts by its own date.
    """
    made: dict[str, dict[str, int]] = {}
    for gtin, qty, counted, kind, at in moves:
        if at >= until:
            continue
        row = made.get(gtin)
        if row is None:
            row = {"opening": 0, "closing": 0}
            for name in ("received", "sold", "returned", "damaged", "sent", "found"):
                row[name] = 0
            made[gtin] = row
        change = qty - row["closing"] if counted else qty
        row["closing"] += change
        if at < since:
            row["opening"] += change
        elif counted:
            row["found"] += change
        elif kind == "sale":
            row["sold"] -= change
        elif kind in ("refund", "void"):
            row["returned"] += change
        elif kind == "damage":
            row["damaged"] -= change
        elif change > 0:
            row["received"] += change
        else:
            row["sent"] -= change
    return made
