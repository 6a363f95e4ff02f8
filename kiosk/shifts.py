"""A shift added up: what was sold, what was paid back, what should lie in the drawer. Whole đồng.

The X report is this at any time, the Z report the same at the end with what was counted.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    Body = dict[str, Any]

CASH: "Final" = "cash"


def report(cash: int, entries: "list[tuple[str, str, Body]]") -> "Body":
    """What happened since a shift was opened with `cash` in the drawer.

    entries  (number, kind, body) of the journal in its order; kinds other than sale, void, refund,
             cash_moved and payment_confirmed count for nothing

    {sales, items, sold, discounts, refunds, refunded, voids, voided, payments [{kind, taken, given}],
    cash {float, taken, given, moved_in, moved_out, expected}, moves [{direction, amount, reason}],
    waiting [{number, amount}] (transfers whose arrival nobody has confirmed), vat [{rate, base, amount}], staff [{id, sales,
    sold}], first, last (numbers of sales, "" without one)}
    """
    made: Body = {"sales": 0, "items": 0, "sold": 0, "discounts": 0, "first": "", "last": ""}
    for name in ("refunds", "refunded", "voids", "voided"):
        made[name] = 0
    sales, moves = [], []
    taken: dict[str, int] = {}
    given: dict[str, int] = {}
    arrived: dict[str, int] = {}
    for number, kind, body in entries:
        if kind == "sale":
            sales.append((number, body))
            _add_sale(made, number, body)
            _add_payments(taken, body)
            taken[CASH] = taken.get(CASH, 0) - body["change"]
        elif kind in ("void", "refund"):
            made[kind + "s"] += 1
            made["voided" if kind == "void" else "refunded"] += body["total"]
            _add_payments(given, body)
        elif kind == "cash_moved":
            moves.append({name: body[name] for name in ("direction", "amount", "reason")})
        elif kind == "payment_confirmed":
            sale = body["device"] + "-" + str(body["seq"])
            arrived[sale] = arrived.get(sale, 0) + body["amount"]
    kinds = sorted(set([CASH] + list(taken) + list(given)))
    made["payments"] = [
        {"kind": kind, "taken": taken.get(kind, 0), "given": given.get(kind, 0)} for kind in kinds
    ]
    made["cash"] = _drawer(cash, taken.get(CASH, 0), given.get(CASH, 0), moves)
    made["moves"] = moves
    made["waiting"] = _waiting(sales, arrived)
    made["vat"] = _by_rate(sales)
    made["staff"] = _by_person(sales)
    return made


def _add_sale(made: "Body", number: str, body: "Body") -> None:
    made["sales"] += 1
    made["sold"] += body["total"]
    made["first"] = made["first"] or number
    made["last"] = number
    for line in body["lines"]:
        made["items"] += line["qty"]
        made["discounts"] += line.get("discount", 0)


def _add_payments(sums: "dict[str, int]", body: "Body") -> None:
    for payment in body["payments"]:
        sums[payment["kind"]] = sums.get(payment["kind"], 0) + payment["amount"]


def _drawer(cash: int, taken: int, given: int, moves: "list[Body]") -> "Body":
    moved = {"in": 0, "out": 0}
    for move in moves:
        moved[move["direction"]] += move["amount"]
    expected = cash + taken - given + moved["in"] - moved["out"]
    return {
        "float": cash,
        "taken": taken,
        "given": given,
        "moved_in": moved["in"],
        "moved_out": moved["out"],
        "expected": expected,
    }


def _waiting(sales: "list[tuple[str, Body]]", arrived: "dict[str, int]") -> "list[Body]":
    """Transfers that did not arrive, or not whole. Uses `arrived` up."""
    waiting = []
    for number, body in sales:
        for payment in body["payments"]:
            if payment["kind"] == "vietqr":
                here = min(arrived.get(number, 0), payment["amount"])
                arrived[number] = arrived.get(number, 0) - here
                if payment["amount"] > here:
                    waiting.append({"number": number, "amount": payment["amount"] - here})
    return waiting


def _by_rate(sales: "list[tuple[str, Body]]") -> "list[Body]":
    sums: dict[int, list[int]] = {}
    for _, body in sales:
        for line in body["lines"]:
            if "vat" in line:
                base_and_tax = sums.setdefault(line["vat"], [0, 0])
                base_and_tax[0] += line["amount"] - line["tax"]
                base_and_tax[1] += line["tax"]
    return [{"rate": rate, "base": sums[rate][0], "amount": sums[rate][1]} for rate in sorted(sums)]


def _by_person(sales: "list[tuple[str, Body]]") -> "list[Body]":
    sums: dict[str, list[int]] = {}
    for _, body in sales:
        count_and_sum = sums.setdefault(body["staff"], [0, 0])
        count_and_sum[0] += 1
        count_and_sum[1] += body["total"]
    return [{"id": name, "sales": sums[name][0], "sold": sums[name][1]} for name in sorted(sums)]
