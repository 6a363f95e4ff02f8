"""`ocop office import`, `export`, `issue --out`, `key lock` and `restore`, as a shell runs them."""

import io
import json

import openpyxl
import pytest
from sqlalchemy import select

from config import exits
from config.exits import CommandError
from office import schema, sheets
from office.commands import main as commands
from office.storage import database


@pytest.fixture
def run(engine, config, capsys, monkeypatch):
    def call(*arguments, text=""):
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        assert commands.main([*map(str, arguments), "--config", str(config), "--json"]) == exits.OK
        return json.loads(capsys.readouterr().out)

    return call


def names(engine):
    with database.reading(engine) as connection:
        return sorted(connection.execute(select(schema.producers.c.name)).scalars())


def test_a_file_is_tried_and_then_imported(run, engine, tmp_path):
    path = tmp_path / "producers.csv"
    path.write_bytes("Mã,Tên chủ thể\nP1,HTX Mật ong mới\nP9,HTX Mới\n".encode())
    counts = {"producers": {"new": 1, "changed": 1, "same": 0}}
    assert run("import", path, "--dry-run") == {"dry_run": True, "counts": counts}
    assert "HTX Mới" not in names(engine)
    assert run("import", path) == {"dry_run": False, "counts": counts}
    assert names(engine) == ["HTX Chè", "HTX Mật ong mới", "HTX Mới"]


def test_a_wrong_row_ends_with_its_place_and_code_1(run, engine, tmp_path):
    path = tmp_path / "producers.csv"
    path.write_bytes("Mã,Tên chủ thể\nP 9,HTX Mới\n".encode())
    with pytest.raises(CommandError, match=r"dòng/row 2, cột/column A \(Mã\): [^/]+ / ") as refused:
        run("import", path)
    assert refused.value.code == exits.NO
    assert "HTX Mới" not in names(engine)


def test_a_file_without_records_ends_with_the_reason(run, tmp_path):
    path = tmp_path / "producers.csv"
    for data, reason in ((b"", "Tệp trống"), ("Mã,Tên chủ thể\n".encode(), "chỉ có dòng tên cột")):
        path.write_bytes(data)
        with pytest.raises(CommandError, match=reason):
            run("import", path)


def test_what_export_writes_import_reads(run, tmp_path):
    run("export", tmp_path / "all.xlsx")
    counts = run("import", tmp_path / "all.xlsx", "--dry-run")["counts"]
    assert counts["products"] == {"new": 0, "changed": 0, "same": 2}
    run("export", tmp_path / "lots.csv", "--kind", "lots")
    (table,) = sheets.read("lots.csv", (tmp_path / "lots.csv").read_bytes())
    assert len(table.rows) == 3
    for name, more in (("lots.csv", ["--kind", "lots"]), ("all.csv", []), ("all.txt", [])):
        with pytest.raises(CommandError):
            run("export", tmp_path / name, *more)


def test_a_batch_is_written_in_the_form_of_its_file(run, tmp_path, gtin):
    run("issue", gtin, 3, "--out", tmp_path / "tem.pdf")
    assert (tmp_path / "tem.pdf").read_bytes().startswith(b"%PDF-1.4")
    batch = run("issue", gtin, 2)["id"]
    for form, begins in (("svg", b"<svg"), ("tspl", b"SIZE"), ("csv", b"serial,uri,typed\n")):
        run("stamps", batch, "--out", tmp_path / f"tem.{form}")
        assert begins in (tmp_path / f"tem.{form}").read_bytes()[:200]


def test_a_locked_key_asks_for_its_passphrase(run, tmp_path, gtin):
    assert run("key", "lock", "A", text="con đò Ngàn Phố\n") == {"k": "A", "locked": True}
    with pytest.raises(CommandError, match="not its passphrase"):
        run("issue", gtin, 1, "--out", tmp_path / "a.csv", text="falsch falsch\n")
    run("issue", gtin, 1, "--out", tmp_path / "a.csv", text="con đò Ngàn Phố\n")
    with pytest.raises(CommandError, match="not its passphrase"):
        run("key", "lock", "A", "--open", text="falsch falsch\n")
    assert run("key", "lock", "A", "--open", text="con đò Ngàn Phố\n") == {"k": "A", "locked": False}
    run("issue", gtin, 1, "--out", tmp_path / "b.csv")
    with pytest.raises(CommandError, match="letters or more"):
        run("key", "lock", "A", text="kurz\n")


@pytest.mark.only_on("sqlite")  # test_backup restores on both
def test_a_backup_is_restored_by_one_command(run, tmp_path, capsys, engine):
    run("backup", tmp_path / "copy")
    other = tmp_path / "other.toml"
    other.write_text('data = "other"\n')
    assert commands.main(["restore", str(tmp_path / "copy"), "--config", str(other)]) == exits.OK
    assert (tmp_path / "other" / "office.db").exists()
    assert "start the service" in capsys.readouterr().out


def test_an_export_opens_as_a_workbook_with_a_sheet_for_each_kind(run, tmp_path):
    run("export", tmp_path / "all.xlsx")
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    assert book.sheetnames == ["Chủ thể", "Sản phẩm", "Quyết định công nhận", "Mặt hàng", "Lô hàng", "Điểm bán",
                               "Hợp đồng", "Kiểm tra", "Chỉ tiêu"]  # fmt: skip
