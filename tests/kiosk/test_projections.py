"""The tables of outlet.db against its journal: written live, made anew, compared; with spoilt entries too."""

import json
import random
import sqlite3

import pytest

from config.exits import CommandError
from kiosk.host import checking, commands, database, projections
from kiosk.host.journal import Moment, Source, Writer, append
from kiosk.host.print_jobs import enqueue
from sync import bodies
from sync.journal import KINDS

GTINS = ("08931234567019", "08931234567026", "08931234567033")


class Shop:
    """Writes a long history of every kind of entry, as tills would, through the one function that appends."""

    def __init__(self, db, seed):
        self.db = db
        self.dice = random.Random(seed)
        self.sales = []  # seq, lines
        self.at = 1_795_400_000_000
        self.shift = None

    def write(self, kind, body, request=None):
        self.at += self.dice.randrange(60_000)
        moment = Moment(self.at, self.at - 1_795_000_000_000, "sure")
        return append(self.db, "HT01A", kind, {"v": 1} | body, moment, request)

    def goods(self):
        line = {"gtin": self.dice.choice(GTINS), "qty": 1}
        if self.dice.random() < 0.6:
            return line | {"serial": self.dice.randrange(1, 50), "ordinal": self.dice.randrange(90)}
        return line | {"qty": self.dice.randrange(1, 9)}

    def several(self):
        return [self.goods() for _ in range(self.dice.randrange(1, 6))]

    def sale(self):
        sold = {"verdict": "genuine", "flagged": False}
        lines = [one | sold | {"price": 5_000, "amount": 5_000 * one["qty"]} for one in self.several()]
        total = sum(line["amount"] for line in lines)
        payments = [{"kind": "cash", "amount": total}, {"kind": "vietqr", "amount": 700}]
        body = {"staff": "nv1", "lines": lines, "total": total, "payments": payments, "change": 700}
        entry = self.write("sale", body | {"catalogue": 1, "age": "fresh"}, (f"key {len(self.sales)}", b"d"))
        self.sales.append((entry.seq, lines))
        enqueue(self.db, entry.seq, {"copy": 0})

    def undo(self, kind):
        if not self.sales:
            return
        seq, lines = self.dice.choice(self.sales)
        undone = []
        for n, line in enumerate(lines, 1):
            one = {name: line[name] for name in ("gtin", "qty", "amount", "serial") if name in line}
            undone.append(one | {"line": n} | ({"unharmed": n % 2 == 0} if kind == "refund" else {}))
        body = {"staff": "nv1", "device": self.dice.choice(["HT01A", "HT01B"]), "seq": seq, "lines": undone}
        money = {"total": 9, "payments": [{"kind": "cash", "amount": 9}], "reason": "x"}
        self.write(kind, body | money, (f"{kind} {self.at}", b"d"))

    def step(self):
        staff = {"staff": "nv1"}
        kind = self.dice.choice(["sale", "sale", *KINDS])
        if kind == "sale":
            self.sale()
        elif kind in ("void", "refund"):
            self.undo(kind)
        elif kind == "price":
            price = self.dice.choice([None, 100, 200])
            self.write(kind, staff | {"gtin": self.dice.choice(GTINS), "price": price})
        elif kind == "receiving":
            lines = [line | {"verdict": "genuine", "flagged": False} for line in self.several()]
            self.write(kind, staff | {"lines": lines, "catalogue": None, "age": "none"})
        elif kind == "stock_count":
            lines = [{"gtin": gtin, "counted": self.dice.randrange(9), "expected": 1} for gtin in GTINS]
            self.write(kind, staff | {"lines": lines})
        elif kind == "damage":
            self.write(kind, staff | {"lines": self.several(), "reason": "vỡ"})
        elif kind == "transfer":
            direction = self.dice.choice(["in", "out"])
            self.write(kind, staff | {"lines": self.several(), "direction": direction, "outlet": "HT02"})
        elif kind == "returned_to_producer":
            self.write(kind, staff | {"lines": self.several(), "producer": "p"})
        elif kind == "label_printed":
            template = self.dice.choice(["shelf-50x30", "product-50x30"])
            self.write(kind, staff | {"template": template, "count": 2, "gtin": self.dice.choice(GTINS)})
        elif kind == "cash_moved":
            direction = self.dice.choice(["in", "out"])
            self.write(kind, staff | {"direction": direction, "amount": 100, "reason": "x"})
        elif kind == "shift_opened":
            self.shift = self.write(kind, staff | {"cash": 500}).seq
        elif kind == "shift_closed" and self.shift is not None:
            self.write(kind, staff | {"opened": self.shift, "expected": -5, "counted": 5})
            self.shift = None
        elif kind == "payment_confirmed":
            self.write(kind, staff | {"device": "HT01A", "seq": 1, "kind": "vietqr", "amount": 100})
        elif kind == "report":
            self.write(kind, {"verdict": "genuine", "reason": "shopper"})


@pytest.fixture
def folder(tmp_path):
    """A data folder with a history of 600 steps."""
    db = database.connect(tmp_path)
    db.execute("BEGIN")
    shop = Shop(db, 7)
    for _ in range(600):
        shop.step()
    db.execute("COMMIT")
    db.close()
    return tmp_path


def dump(folder):
    db = database.connect(folder)
    tables = ("journal", "print_job", *projections.TABLES)
    found = {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}
    db.close()
    return found


def damage(folder, change, *values):
    db = database.connect(folder)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(change, values)
    db.close()


def seq_of(folder, kind, place=0):
    db = database.connect(folder)
    seqs = [seq for (seq,) in db.execute("SELECT seq FROM journal WHERE kind = ? ORDER BY seq", (kind,))]
    db.close()
    return seqs[place]


def test_the_tables_say_what_the_journal_tells(folder):
    tables = dump(folder)
    assert all(tables.values()), "a table that this history does not touch proves nothing"
    answer = checking.check(folder)
    assert answer == {"ok": True, "entries": len(tables["journal"]), "damaged": [], "differences": []}


def test_made_anew_they_are_the_same(folder):
    before = dump(folder)
    assert checking.rebuild(folder)["ok"]
    assert dump(folder) == before


def test_made_anew_they_are_right_again(folder):
    before = dump(folder)
    gone = seq_of(folder, "refund")
    for change in (
        f"DELETE FROM undo_line WHERE seq = {gone}",
        "UPDATE stock_move SET qty = qty + 1 WHERE qty = 2",
        "UPDATE sale SET total = 1 WHERE seq = (SELECT max(seq) FROM sale)",
        "DELETE FROM stamp_move",
        "INSERT INTO price VALUES ('08931234567019', (SELECT min(seq) FROM journal), 5)",
    ):
        damage(folder, change)
    answer = checking.check(folder)
    assert not answer["ok"] and answer["damaged"] == []
    tables = {(one["table"], one["problem"]) for one in answer["differences"]}
    assert ("stamp_move", "missing") in tables and ("undo_line", "missing") in tables
    assert checking.rebuild(folder)["ok"]
    assert dump(folder) == before


def test_the_first_differences_are_named(folder):
    seq = seq_of(folder, "sale", 3)
    damage(folder, "UPDATE sale SET total = total + 1 WHERE seq = ?", seq)
    assert checking.check(folder)["differences"] == [
        {"table": "sale", "seq": seq, "problem": "extra"},
        {"table": "sale", "seq": seq, "problem": "missing"},
    ]


def test_a_flipped_bit_beside_an_entry_is_named_and_put_right(folder):
    before = dump(folder)
    seqs = [seq_of(folder, "sale", place) for place in (0, 1, 2)]
    damage(folder, "UPDATE journal SET kind = 'sble' WHERE seq = ?", seqs[0])
    damage(folder, "UPDATE journal SET at = at + 1024 WHERE seq = ?", seqs[1])
    damage(folder, "UPDATE journal SET hash = zeroblob(32) WHERE seq = ?", seqs[2])
    altered = [{"table": "journal", "seq": seq, "problem": "altered"} for seq in seqs]
    assert checking.check(folder)["differences"] == altered
    assert checking.rebuild(folder)["ok"]
    assert dump(folder) == before


def test_the_rows_of_a_damaged_entry_stay(folder):
    before = dump(folder)
    seq = seq_of(folder, "sale", 2)
    damage(folder, "UPDATE journal SET body = x'7b7d' WHERE seq = ?", seq)
    answer = checking.check(folder)
    assert answer["damaged"] == [seq] and answer["differences"] == []
    answer = checking.rebuild(folder)
    assert answer["damaged"] == [seq] and answer["differences"] == []
    after = dump(folder)
    assert {name: rows for name, rows in after.items() if name != "journal"} == {
        name: rows for name, rows in before.items() if name != "journal"
    }


def test_a_lost_sale_is_told_and_its_rows_stay(folder):
    seq = seq_of(folder, "sale", 2)
    damage(folder, "DELETE FROM journal WHERE seq = ?", seq)
    answer = checking.rebuild(folder)
    assert answer["damaged"] == [seq] and answer["differences"] == []
    assert seq in {row[0] for row in dump(folder)["sale"]}


def test_a_rebuild_that_fails_leaves_everything_as_it_was(folder):
    before = dump(folder)
    db = database.connect(folder)
    fails = iter((False, True))  # in the second pass, when the tables are empty and half made

    def entries():
        yield from list(Source(db).all())[:400]
        if next(fails):
            raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        projections.rebuild(db, entries)
    db.close()
    assert dump(folder) == before


def test_what_readings_tell(tmp_path):
    db = database.connect(tmp_path)
    shop = Shop(db, 1)
    gtin, other, _ = GTINS
    staff = {"staff": "nv1"}
    assert projections.open_shift(db) is None and projections.own_price(db, gtin) is None
    opened = shop.write("shift_opened", staff | {"cash": 1000}).seq
    assert projections.open_shift(db) == opened
    shop.write("stock_count", staff | {"lines": [{"gtin": gtin, "counted": 10, "expected": 0}]})
    shop.write(
        "damage", staff | {"lines": [{"gtin": gtin, "qty": 2}, {"gtin": gtin, "qty": 1}], "reason": "x"}
    )
    line = {"gtin": other, "qty": 1, "price": 50, "amount": 50, "verdict": "genuine", "flagged": False}
    money = {"total": 50, "payments": [{"kind": "cash", "amount": 80}], "change": 30}
    sold = shop.write("sale", staff | money | {"lines": [line], "catalogue": None, "age": "none"})
    assert projections.stock(db) == {gtin: 7, other: -1}
    assert projections.cash_expected(db, opened) == 1050
    shop.write("cash_moved", staff | {"direction": "out", "amount": 200, "reason": "x"})
    undone = {"line": 1, "gtin": other, "qty": 1, "amount": 50}
    back = {"device": "HT01A", "seq": sold.seq, "total": 50, "payments": [{"kind": "cash", "amount": 50}]}
    shop.write("void", staff | back | {"lines": [undone], "reason": "x"})
    assert projections.stock(db) == {gtin: 7, other: 0}
    assert projections.cash_expected(db, opened) == 800
    shop.write("price", staff | {"gtin": gtin, "price": 70})
    assert projections.own_price(db, gtin) == 70
    shop.write("price", staff | {"gtin": gtin, "price": None})
    assert projections.own_price(db, gtin) is None
    shop.write("shift_closed", staff | {"opened": opened, "expected": 800, "counted": 800})
    assert projections.open_shift(db) is None


async def test_a_body_that_is_not_what_its_kind_must_be_never_reaches_the_journal(tmp_path):
    writer = Writer(database.connect(tmp_path), "HT01A")
    moment = Moment(1, 1, "sure")
    with pytest.raises(bodies.BodyError, match="cash_moved: amount is missing"):
        await writer.entry("cash_moved", {"v": 1, "staff": "a", "direction": "in", "reason": "x"}, moment)
    with pytest.raises(bodies.BodyError, match="scan: reader is missing"):
        writer.later("scan", {"v": 1}, moment)
    await writer.entry("report", {"v": 1, "verdict": "genuine", "reason": "x"}, moment)
    assert len(Source(database.connect(tmp_path)).read(1, 10)) == 1
    await writer.close()


# --- ocop journal check, rebuild ---


@pytest.fixture
def config(folder):
    file = folder / "outlet.toml"
    file.write_text('data = "."\n', encoding="utf-8")
    return str(file)


def test_the_commands(folder, config, capsys):
    assert commands.journal(["check", "--config", config]) == 0
    assert "Các bảng khớp với" in capsys.readouterr().out
    damage(folder, "DELETE FROM money")
    assert commands.journal(["check", "--config", config]) == 1
    assert "ocop journal rebuild" in capsys.readouterr().out
    assert commands.journal(["check", "--config", config, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["differences"][0]["table"] == "money"
    assert commands.journal(["rebuild", "--config", config, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_a_rebuild_waits_for_nobody(folder, config):
    held = database.lock(folder)
    assert commands.journal(["check", "--config", config]) == 0
    with pytest.raises(CommandError, match="another kiosk service"):
        commands.journal(["rebuild", "--config", config])
    assert held >= 0


def test_a_folder_without_a_database_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"holds no outlet\.db"):
        checking.check(tmp_path)
