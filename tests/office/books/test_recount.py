"""What reports read is what the journals say: sums kept entry by entry against a count of the raw entries."""

import json
import random
from collections import defaultdict

import pytest
from sqlalchemy import select

from kiosk import calendar
from office import schema, stamps
from office.books import rollups, sold_counts
from office.commands import reports as report_commands
from office.outlets import devices
from office.outlets.ingest import ingest
from office.storage import database

DAY_MS = 86_400_000
OUTLET = {"HT01A": "HT01", "HT01B": "HT01", "HT02A": "HT02"}


def live(connection):
    """Sums by (span, day or month, outlet, GTIN) without what is 0; sold stamps by batch."""
    sums, keys = {}, ("span", "start", "outlet", "gtin")
    for row in connection.execute(select(schema.sales_rollups)).mappings():
        figures = {name: value for name, value in row.items() if name not in keys and value}
        if figures:
            sums[tuple(row[name] for name in keys)] = figures
    table = schema.batch_rollups
    sold = {batch: count for batch, count in connection.execute(select(table.c.batch, table.c.sold)) if count}
    return sums, sold


def counted(connection, held=()):
    """The same, from the bytes that the devices signed."""
    sums = defaultdict(lambda: defaultdict(int))
    lines, undone = {}, set()
    batches = connection.execute(select(schema.batches)).all()

    def batch(line):
        for row in batches:
            if row.gtin == line["gtin"] and row.first <= line.get("serial", 0) <= row.last:
                return row.id
        return None

    def add(at, outlet, gtin, **figures):
        day = calendar.date_of(at)
        for span, start in (("day", day), ("month", day[:8] + "01")):
            number = rollups.day_number(rollups.date.fromisoformat(start))
            for where, what in {(outlet, gtin), (outlet, "*"), ("*", gtin), ("*", "*")}:
                for name, value in figures.items():
                    sums[span, number, where, what][name] += value

    for row in connection.execute(select(schema.entries)):
        header, body = json.loads(row.header), json.loads(row.body)
        outlet, at = OUTLET[row.device], header["at"]
        if row.device in held:
            continue
        if header["kind"] == "sale":
            add(at, outlet, "*", receipts=1)
            for number, line in enumerate(body["lines"], 1):
                stamped = batch(line) is not None
                add(at, outlet, line["gtin"], lines=1, qty=line["qty"], amount=line["amount"], stamps=stamped)
                lines[row.device, row.seq, number] = outlet, line
        elif header["kind"] in ("void", "refund"):
            for line in body["lines"]:
                frees = header["kind"] == "void" or line["unharmed"]
                add(at, outlet, line["gtin"], returned_qty=line["qty"], returned_amount=line["amount"],
                    returned_stamps=frees and batch(line) is not None)  # fmt: skip
                if frees:
                    undone.add((body["device"], body["seq"], line["line"], outlet))
    sold = defaultdict(set)
    for place, (outlet, line) in lines.items():
        if batch(line) is not None and (*place, outlet) not in undone:
            sold[batch(line)].add(line["serial"])
    figures = {key: {name: n for name, n in found.items() if n} for key, found in sums.items()}
    return {key: found for key, found in figures.items() if found}, {
        key: len(found) for key, found in sold.items()
    }


def sell(device, chance, gtins, at):
    lines = []
    for _ in range(chance.randint(1, 3)):
        price = chance.randrange(1000, 90_000, 500)
        lines.append({"gtin": chance.choice(gtins), "qty": 1, "price": price, "amount": price, "verdict": "genuine",
                      "flagged": False, "serial": chance.randint(1, 14)})  # fmt: skip
        if chance.random() < 0.2:
            del lines[-1]["serial"]
    total = sum(line["amount"] for line in lines)
    device.add("sale", {"v": 1, "staff": "An", "lines": lines, "total": total, "payments": [], "change": 0,
                        "catalogue": 0, "age": "fresh"}, at)  # fmt: skip
    return lines


def undo(device, chance, sales, at):
    """Take back a line of any sale, also of one that another device has not sent yet, or twice, or elsewhere."""
    name, seq, lines = chance.choice(sales)
    number = chance.randint(1, len(lines))
    line = lines[number - 1]
    back = {"line": number, "gtin": line["gtin"], "qty": 1, "amount": line["amount"]}
    if "serial" in line:
        back["serial"] = line["serial"]
    kind = chance.choice(("void", "refund"))
    if kind == "refund":
        back["unharmed"] = chance.random() < 0.6
    device.add(kind, {"v": 1, "staff": "An", "device": name, "seq": seq, "lines": [back], "total": line["amount"],
                      "payments": [], "reason": "x"}, at)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_sums_are_what_the_journals_say_in_whatever_order_these_come(
    engine, enrolled, gtin, other_gtin, now, seed
):
    chance = random.Random(seed)
    made = {name: enrolled(name, outlet) for name, outlet in OUTLET.items()}
    with database.writing(engine) as connection:
        stamps.issue(connection, other_gtin, 8, "A", "test", now)
        renewal = {"device": "HT01B", "replaces": "HT01A", "asked_at": now}
        connection.execute(schema.renewals.insert().values(**renewal))
    sales, sent = [], dict.fromkeys(made, 0)
    for step in range(60):
        device = chance.choice(list(made.values()))
        at = now - chance.randint(0, 70) * DAY_MS
        if sales and chance.random() < 0.45:
            undo(device, chance, sales, at)
        else:
            lines = sell(device, chance, [gtin, other_gtin], at)
            sales.append((device.name, len(device.entries), lines))
        name = chance.choice(list(made))
        if chance.random() < 0.4 and len(made[name].entries) > sent[name]:
            ingest(engine, name, made[name].segment(sent[name] + 1), now)
            sent[name] = len(made[name].entries)
        if step % 10 == 9:
            with database.reading(engine) as connection:
                assert live(connection) == counted(connection, held=("HT01B",))
    for name, device in made.items():
        if len(device.entries) > sent[name]:
            ingest(engine, name, device.segment(sent[name] + 1), now)
    with database.reading(engine) as connection:
        assert live(connection) == counted(connection, held=("HT01B",))
    with database.writing(engine) as connection:
        devices.agree(connection, "HT01B", "An", now)
        expected = counted(connection)
        assert live(connection) == expected
        rollups.rebuild(connection)
        sold_counts.recount(connection)
        assert live(connection) == expected


def test_recount_finds_and_mends_a_wrong_sum(engine, enrolled, office_settings, gtin, now):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    assert report_commands.recount(office_settings, None)[0]["wrong"] == 0
    with database.writing(engine) as connection:
        connection.execute(schema.sales_rollups.update().values(amount=1))
    with pytest.raises(report_commands.CommandError, match="sums were wrong"):
        report_commands.recount(office_settings, None)
    assert report_commands.recount(office_settings, None)[0]["wrong"] == 0
