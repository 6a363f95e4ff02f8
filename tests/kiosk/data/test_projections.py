"""The tables of outlet.db against its journals, this till's and another's: written live, made anew, compared; with
spoilt entries too."""

import json
import random
import sqlite3

import pytest

from config.exits import CommandError
from kiosk.host import commands
from kiosk.host.data import checking, database, projections, readings
from kiosk.host.data.journal import Moment, Source, Writer, append
from kiosk.host.link import peers
from kiosk.host.prints.print_jobs import enqueue
from sync import bodies
from sync.journal import KINDS

GTINS = ("08931234567019", "08931234567026", "08931234567033")


class Shop:
    """Writes a long history of every kind of entry, as tills would, through the one function that appends."""

    def __init__(self, db, seed, device="HT01A"):
        self.db = db
        self.device = device
        database.set_fact(db, "device", device)
        self.dice = random.Random(seed)
        self.sales = []  # seq, lines
        self.at = 1_795_400_000_000
        self.shift = None

    def write(self, kind, body, request=None):
        self.at += self.dice.randrange(60_000)
        moment = Moment(self.at, self.at - 1_795_000_000_000, "sure")
        return append(self.db, self.device, kind, {"v": 1} | body, moment, request)

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
        enqueue(self.db, "receipt", {}, entry.seq)

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


def history(folder, seed, device):
    """The outlet's database in `folder` with a history of 600 steps of one till."""
    db = database.connect(folder)
    db.execute("BEGIN")
    shop = Shop(db, seed, device)
    for _ in range(600):
        shop.step()
    db.execute("COMMIT")
    return db


@pytest.fixture
def folder(tmp_path):
    """A data folder with a till's history, and that of the outlet's other till."""
    db, other = history(tmp_path, 7, "HT01A"), history(tmp_path / "other", 8, "HT01B")
    db.execute("BEGIN")
    assert "sale" in peers.keep("HT01B", list(Source(other).all()), db)
    assert peers.keep("HT01B", list(Source(other).all()), db) == set()  # once is enough
    db.execute("COMMIT")
    db.close()
    other.close()
    return tmp_path


def dump(folder):
    db = database.connect(folder)
    tables = ("journal", "peer_entry", "print_job", *projections.TABLES)
    found = {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}
    db.close()
    return found


def rows(folder, query):
    db = database.connect(folder)
    found = db.execute(query).fetchall()
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
    entries = len(tables["journal"]) + len(tables["peer_entry"])
    assert answer == {"ok": True, "entries": entries, "damaged": [], "differences": []}
    for table in projections.TABLES:
        devices = {device for (device,) in rows(folder, f"SELECT DISTINCT device FROM {table}")}
        assert devices == {"HT01A", "HT01B"}, table


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
        "INSERT INTO price VALUES ('08931234567019', 'HT01A', 1, 7, 5)",
        "DELETE FROM sale_line WHERE device = 'HT01B'",
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
    damage(folder, "UPDATE sale SET total = total + 1 WHERE device = 'HT01A' AND seq = ?", seq)
    assert checking.check(folder)["differences"] == [
        {"table": "sale", "device": "HT01A", "seq": seq, "problem": "extra"},
        {"table": "sale", "device": "HT01A", "seq": seq, "problem": "missing"},
    ]


def test_a_flipped_bit_beside_an_entry_is_named_and_put_right(folder):
    before = dump(folder)
    seqs = [seq_of(folder, "sale", place) for place in (0, 1, 2)]
    damage(folder, "UPDATE journal SET kind = 'sble' WHERE seq = ?", seqs[0])
    damage(folder, "UPDATE journal SET at = at + 1024 WHERE seq = ?", seqs[1])
    damage(folder, "UPDATE journal SET hash = zeroblob(32) WHERE seq = ?", seqs[2])
    altered = [{"table": "journal", "device": "HT01A", "seq": seq, "problem": "altered"} for seq in seqs]
    assert checking.check(folder)["differences"] == altered
    assert checking.rebuild(folder)["ok"]
    assert dump(folder) == before


def test_the_rows_of_a_damaged_entry_stay(folder):
    before = dump(folder)
    seq = seq_of(folder, "sale", 2)
    damage(folder, "UPDATE journal SET body = x'7b7d' WHERE seq = ?", seq)
    answer = checking.check(folder)
    assert answer["damaged"] == [{"device": "HT01A", "seq": seq}] and answer["differences"] == []
    answer = checking.rebuild(folder)
    assert answer["damaged"] == [{"device": "HT01A", "seq": seq}] and answer["differences"] == []
    after = dump(folder)
    assert {name: rows for name, rows in after.items() if name != "journal"} == {
        name: rows for name, rows in before.items() if name != "journal"
    }


def test_a_lost_sale_is_told_and_its_rows_stay(folder):
    seq = seq_of(folder, "sale", 2)
    damage(folder, "DELETE FROM journal WHERE seq = ?", seq)
    answer = checking.rebuild(folder)
    assert answer["damaged"] == [{"device": "HT01A", "seq": seq}] and answer["differences"] == []
    assert ("HT01A", seq) in {row[:2] for row in dump(folder)["sale"]}


def test_what_is_spoilt_of_another_till_is_taken_out_and_fetched_again(folder):
    before = dump(folder)
    seq = rows(folder, "SELECT max(seq) FROM sale WHERE device = 'HT01B'")[0][0]
    damage(folder, "UPDATE peer_entry SET body = x'7b7d' WHERE device = 'HT01B' AND seq = ?", seq)
    assert checking.check(folder)["damaged"] == [{"device": "HT01B", "seq": seq}]
    assert checking.rebuild(folder)["ok"]
    assert rows(folder, "SELECT DISTINCT device FROM sale") == [("HT01A",)]
    db, other = database.connect(folder), database.connect(folder / "other")
    peers.keep("HT01B", list(Source(other).all()), db)
    db.close()
    other.close()
    assert dump(folder) == before


def test_what_the_office_set_apart_of_another_till_is_not_missed(tmp_path):
    db, other = history(tmp_path, 7, "HT01A"), history(tmp_path / "other", 8, "HT01B")
    kept = [entry for entry in Source(other).all() if entry.seq % 50]
    peers.keep("HT01B", kept, db)
    db.close()
    other.close()
    assert checking.check(tmp_path)["ok"]


def test_a_rebuild_that_fails_leaves_everything_as_it_was(folder):
    before = dump(folder)
    db = database.connect(folder)
    fails = iter((False, True))  # in the second pass, when the tables are empty and half made

    def entries():
        yield from list(peers.every_entry(db))[:400]
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
    assert readings.open_shift(db) is None and readings.own_price(db, gtin) is None
    opened = shop.write("shift_opened", staff | {"cash": 1000}).seq
    assert readings.open_shift(db) == opened
    shop.write("stock_count", staff | {"lines": [{"gtin": gtin, "counted": 10, "expected": 0}]})
    shop.write(
        "damage", staff | {"lines": [{"gtin": gtin, "qty": 2}, {"gtin": gtin, "qty": 1}], "reason": "x"}
    )
    line = {"gtin": other, "qty": 1, "price": 50, "amount": 50, "verdict": "genuine", "flagged": False}
    money = {"total": 50, "payments": [{"kind": "cash", "amount": 80}], "change": 30}
    sold = shop.write("sale", staff | money | {"lines": [line], "catalogue": None, "age": "none"})
    assert readings.stock(db) == {gtin: 7, other: -1}
    shop.write("cash_moved", staff | {"direction": "out", "amount": 200, "reason": "x"})
    undone = {"line": 1, "gtin": other, "qty": 1, "amount": 50}
    back = {"device": "HT01A", "seq": sold.seq, "total": 50, "payments": [{"kind": "cash", "amount": 50}]}
    shop.write("void", staff | back | {"lines": [undone], "reason": "x"})
    assert readings.stock(db) == {gtin: 7, other: 0}
    shop.write("price", staff | {"gtin": gtin, "price": 70})
    assert readings.own_price(db, gtin) == 70
    shop.write("price", staff | {"gtin": gtin, "price": None})
    assert readings.own_price(db, gtin) is None
    shop.write("shift_closed", staff | {"opened": opened, "expected": 800, "counted": 800})
    assert readings.open_shift(db) is None


def test_two_tills_tell_one_stock_and_one_price(tmp_path):
    gtin, stamped, _ = GTINS
    shops = [Shop(database.connect(tmp_path / device), 1, device) for device in ("HT01A", "HT01B", "HT01C")]
    staff = {"staff": "nv1"}

    def says(shop, at, kind, body):
        shop.at, shop.dice = at, random.Random(0)
        shop.dice.randrange = lambda *_: 0
        return shop.write(kind, staff | body).seq

    one = {"gtin": stamped, "qty": 1, "serial": 7}
    judged = {"verdict": "genuine", "flagged": False, "price": 5, "amount": 5}
    money = {"total": 5, "payments": [], "change": 0, "catalogue": None, "age": "none"}
    first, second, third = shops
    says(first, 1_000, "stock_count", {"lines": [{"gtin": gtin, "counted": 20, "expected": 0}]})
    says(second, 2_000, "damage", {"lines": [{"gtin": gtin, "qty": 3}], "reason": "x"})
    says(third, 3_000, "stock_count", {"lines": [{"gtin": gtin, "counted": 10, "expected": 0}]})
    says(first, 4_000, "damage", {"lines": [{"gtin": gtin, "qty": 1}], "reason": "x"})
    received = {"lines": [one | {"verdict": "genuine", "flagged": False}], "catalogue": None, "age": "none"}
    says(second, 5_000, "receiving", received)
    sale = says(first, 6_000, "sale", money | {"lines": [one | judged]})
    says(second, 7_000, "price", {"gtin": gtin, "price": 70})
    says(third, 6_500, "price", {"gtin": gtin, "price": 60})

    def share():
        journals = {shop.device: list(Source(shop.db).all()) for shop in shops}
        for shop in shops:
            for device, entries in journals.items():
                if device != shop.device:
                    peers.keep(device, entries, shop.db)

    share()
    for shop in shops:
        assert readings.stock(shop.db) == {gtin: 9, stamped: 0}
        assert readings.own_price(shop.db, gtin) == 70
        assert readings.stamps_held(shop.db) == []
    back = {"lines": [one | {"line": 1, "amount": 5}], "total": 5, "payments": [], "reason": "x"}
    says(third, 8_000, "void", back | {"device": "HT01A", "seq": sale})
    # A clock that was a year ahead and is right again: what a till did later stays later.
    says(
        second,
        9_000 + 31_536_000_000,
        "stock_count",
        {"lines": [{"gtin": gtin, "counted": 4, "expected": 9}]},
    )
    says(second, 10_000, "damage", {"lines": [{"gtin": gtin, "qty": 1}], "reason": "x"})
    share()
    for shop in shops:
        assert readings.stock(shop.db) == {gtin: 3, stamped: 1}
        assert readings.stamps_held(shop.db) == [(stamped, 7)]
        shop.db.close()


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


def test_a_till_of_before_keeps_its_sales(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:4])
    old = database.connect(tmp_path)
    monkeypatch.undo()
    written = history(tmp_path / "new", 7, "HT01A")
    old.execute("PRAGMA foreign_keys = OFF")
    database.set_fact(old, "device", "HT01A")
    for row in written.execute("SELECT * FROM journal").fetchall():
        old.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", row)
    same = {"sold_by": "device"}  # the columns that have another name now
    for table, columns in projections.TABLES.items():
        now = [name for name in columns.split(", ") if name != "device"]
        (made,) = old.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        now = [name for name in now if f" {same.get(name, name)} " in made]
        then = ", ".join(same.get(name, name) for name in now)
        more = ", request_key, request" if table in ("sale", "undo") else ""
        marks = ", ".join("?" * (len(now) + (2 if more else 0)))
        for row in written.execute(f"SELECT {', '.join(now)}{more} FROM {table}").fetchall():
            old.execute(f"INSERT INTO {table} ({then}{more}) VALUES ({marks})", row)
    jobs = written.execute("SELECT * FROM print_job").fetchall()
    old.executemany("INSERT INTO print_job VALUES (?, ?, ?, ?, ?, ?, ?)", jobs)
    old.close()
    written.close()
    assert checking.check(tmp_path)["differences"] == []
    new = dump(tmp_path / "new")
    assert dump(tmp_path) == new and new["sale"]


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
