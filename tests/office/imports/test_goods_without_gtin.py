"""Goods whose producers have no GTIN: a file that names them by product, net content and unit means the same ones again."""

import pytest
from sqlalchemy import Engine, event, select

from office import imports, schema, sheets
from office.registry.kinds import KINDS
from office.storage import database

HEAD = "GTIN;Sản phẩm;Quy cách;Đơn vị tính;Giá đề nghị (đ)"
OWN = "0893888"  # how GTINs of the office's own prefix begin


@pytest.fixture
def run(engine, now):
    def run(*rows, head=HEAD, **more):
        tables = sheets.read("a.csv", "\n".join([head, *rows]).encode())
        return imports.run(engine, tables, "test", now, "893888", "trade_items", **more)

    return run


def items(engine):
    with database.reading(engine) as connection:
        table = schema.trade_items
        rows = connection.execute(select(table).where(table.c.gtin.like(f"{OWN}%")).order_by(table.c.gtin))
        return [(row.gtin[-4:], row.product, row.net, row.unit, row.price) for row in rows]


def told(report):
    return [(problem.row, problem.header, problem.vi) for problem in report.problems]


def test_a_file_that_comes_again_changes_nothing(engine, run):
    rows = (";SP1;1 lít;chai;350000", ";SP1;1 lít;can;340000", ";Chè;1 kg;;")
    assert run(*rows, keep=True).counts["trade_items"] == (3, 0, 0)
    stored = items(engine)
    assert [row[1:] for row in stored] == [
        ("SP1", "1 lít", "chai", 350000), ("SP1", "1 lít", "can", 340000), ("SP2", "1 kg", "", None)
    ]  # fmt: skip
    assert run(*rows).counts["trade_items"] == (0, 0, 3)  # looking tells what storing does
    assert run(*rows, keep=True).counts["trade_items"] == (0, 0, 3)
    assert items(engine) == stored


def test_what_it_says_otherwise_is_changed_and_what_it_does_not_say_stays(engine, run):
    run(";SP1;1 lít;chai;350000", keep=True)
    (before,) = items(engine)
    assert run(";SP1;1  LÍT;Chai;360000", keep=True).counts["trade_items"] == (0, 1, 0)
    assert items(engine) == [(before[0], "SP1", "1 LÍT", "Chai", 360000)]
    report = run("SP1;1 lít;370000", head="Sản phẩm;Quy cách;Giá đề nghị (đ)", keep=True)
    assert report.counts["trade_items"] == (0, 1, 0)
    assert items(engine) == [(before[0], "SP1", "1 lít", "Chai", 370000)]


def test_goods_that_have_a_gtin_are_known_by_their_pack_too(engine, run, gtin):
    assert run(";SP1;500 ml;chai;190000", keep=True).counts["trade_items"] == (0, 1, 0)
    assert items(engine) == []
    with database.reading(engine) as connection:
        table = schema.trade_items
        assert connection.execute(select(table.c.price).where(table.c.gtin == gtin)).scalar_one() == 190000


def test_two_rows_of_the_same_goods_are_a_mistake_that_names_both(engine, run):
    report = run(";SP1;1 lít;chai;350000", ";SP2;1 kg;;", ";SP1;1 Lít;chai;360000", keep=True)
    assert told(report) == [
        (4, "Quy cách", "Cùng mặt hàng với dòng 2 (sản phẩm, quy cách, đơn vị tính): hãy bỏ một dòng hoặc ghi rõ khác "
                        "nhau ở đâu.")
    ]  # fmt: skip
    assert items(engine) == []


def test_so_are_one_with_its_gtin_and_one_without_in_either_order(engine, run):
    rows = (";SP1;1 lít;chai;350000", "08938501234568;SP1;1 lít;chai;350000")
    for order, row in ((rows, 2), (rows[::-1], 3)):
        (problem,) = run(*order).problems
        assert (problem.row, f"dòng {5 - row} " in problem.vi) == (row, True)


def test_goods_that_stand_there_twice_are_not_guessed(engine, run):
    both = ("08938501234568;SP1;1 lít;chai;", "08938501234575;SP1;1 lít;chai;")
    assert run(*both, keep=True).good
    assert told(run(";SP1;1 lít;chai;1000")) == [
        (2, "GTIN", "Có thể là một trong 08938501234568, 08938501234575; hãy ghi GTIN của mặt hàng muốn nói.")
    ]  # fmt: skip
    assert run("08938501234568;SP1;1 lít;chai;1000").counts["trade_items"] == (0, 1, 0)


def test_a_number_of_ours_that_another_row_takes_is_not_given_again(engine, run):
    run(";SP1;1 lít;chai;", keep=True)
    (first, *_), *_ = items(engine)
    assert first == "0013"
    rows = (";SP1;2 lít;chai;", "08938880000020;SP1;3 lít;chai;", ";SP1;4 lít;chai;")
    assert run(*rows, keep=True).counts["trade_items"] == (3, 0, 0)
    assert [(row[0], row[2]) for row in items(engine)] == [
        ("0013", "1 lít"), ("0020", "3 lít"), ("0037", "2 lít"), ("0044", "4 lít")
    ]  # fmt: skip


def test_many_rows_ask_the_database_no_more_often_than_few(engine, run):
    def asked(count):
        statements = []

        def note(*_):
            statements.append(1)

        rows = [f";SP1;{count} × {n} g;gói;" for n in range(count)]
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert run(*rows, keep=True).counts["trade_items"] == (count, 0, 0)
            assert run(*rows, keep=True).counts["trade_items"] == (0, 0, count)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len(statements)

    assert asked(400) <= asked(20) + 10


async def test_the_form_says_that_there_is_such_a_record(desk, engine):
    await desk.log_in("registrar")
    form = {"product": "SP1", "net": "1 lít", "unit": "chai", "stamped": "1"}
    path = await desk.post("/office/registry/trade_items/new", **form)
    page = await desk.post("/office/registry/trade_items/new", 422, **form)  # the button was pressed twice
    assert f"Đã có hồ sơ này, mã {path.split('/')[-1].partition('?')[0]}." in page
    assert len(items(engine)) == 1


def test_an_export_without_its_gtins_comes_in_again(engine, now):
    with database.reading(engine) as connection:
        sheet = imports.sheet(connection, KINDS["trade_items"])
    bare = sheet._replace(rows=[[None, *row[1:]] for row in sheet.rows])
    report = imports.run(
        engine, sheets.read("a.xlsx", sheets.xlsx_bytes([bare])), "test", now, "893888", keep=True
    )
    assert report.counts["trade_items"] == (0, 0, 2)
