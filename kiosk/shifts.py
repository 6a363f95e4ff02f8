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
    moved = {"in": 0, "out": 0}
    moves = []
    taken: dict[str, int] = {}
    given: dict[str, int] = {}
    waiting: list[tuple[str, int]] = []
    arrived: dict[str, int] = {}
    vat: dict[int, list[int]] = {}
    staff: dict[str, list[int]] = {}
    for number, kind, body in entries:
        if kind == "sale":
            made["sales"] += 1
            made["sold"] += body["total"]
            made["first"] = made["first"] or number
            made["last"] = number
            person = staff.setdefault(body["staff"], [0, 0])
            person[0] += 1
            person[1] += body["total"]
            for line in body["lines"]:
                made["items"] += line["qty"]
                made["discounts"] += line.get("discount", 0)
                if "vat" in line:
                    rate = vat.setdefault(line["vat"], [0, 0])
                    rate[0] += line["amount"] - line["tax"]
                    rate[1] += line["tax"]
            for payment in body["payments"]:
                taken[payment["kind"]] = taken.get(payment["kind"], 0) + payment["amount"]
                if payment["kind"] == "vietqr":
                    waiting.append((number, payment["amount"]))
            taken[CASH] = taken.get(CASH, 0) - body["change"]
        elif kind in ("void", "refund"):
            made[kind + "s"] += 1
            made["voided" if kind == "void" else "refunded"] += body["total"]
            for payment in body["payments"]:
                given[payment["kind"]] = given.get(payment["kind"], 0) + payment["amount"]
        elif kind == "cash_moved":
            moved[body["direction"]] += body["amount"]
            moves.append({name: body[name] for name in ("direction", "amount", "reason")})
        elif kind == "payment_confirmed":
            sale = body["device"] + "-" + str(body["seq"])
            arrived[sale] = arrived.get(sale, 0) + body["amount"]
    kinds = sorted(set([CASH] + list(taken) + list(given)))
    made["payments"] = [
        {"kind": kind, "taken": taken.get(kind, 0), "given": given.get(kind, 0)} for kind in kinds
    ]
    drawer = {"float": cash, "taken": taken.get(CASH, 0), "given": given.get(CASH, 0)}
    drawer["moved_in"], drawer["moved_out"] = moved["in"], moved["out"]
    drawer["expected"] = cash + drawer["taken"] - drawer["given"] + moved["in"] - moved["out"]
    made["cash"] = drawer
    made["moves"] = moves
    made["waiting"] = []
    for number, amount in waiting:
        here = min(arrived.get(number, 0), amount)
        arrived[number] = arrived.get(number, 0) - here
        if amount > here:
            made["waiting"].append({"number": number, "amount": amount - here})
    made["vat"] = [{"rate": rate, "base": vat[rate][0], "amount": vat[rate][1]} for rate in sorted(vat)]
    made["staff"] = [{"id": name, "sales": staff[name][0], "sold": staff[name][1]} for name in sorted(staff)]
    return made
