"""The virtual printer: an independent reader, which must not believe everything."""

import ast
from pathlib import Path

from PIL import Image

from printer.host import virtual


def test_it_knows_nothing_of_our_encoder():
    tree = ast.parse(Path(virtual.__file__).read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {name for name in names if name and name.startswith("printer")}
    assert ours == {"printer.host.raster"}


def test_pages_as_the_database_has_them():
    assert virtual.read(b"\x1bt\x1eM\xcbt ong\n").lines == ["Mật ong"]
    assert virtual.read(b"\x1bt\x1f\xa7\xbe\n").lines == ["ĐẮ"]
    assert virtual.read(b"\x1bt\x34\xfe \x97\n").lines == ["₫ —"]
    assert virtual.read(b"\x80\x1bt\x10\x80\n").lines == ["Ç€"]  # CP437, then Windows-1252


def test_unknown_things_are_told():
    cases = {
        b"\x1bz\n": "unknown command 1b 7a at byte 0",
        b"ab\x07\n": "unknown control code 07 at byte 2",
        b"\x1bt\x1e\xa1\n": "code a1 has no letter on this page at byte 3",
        b"\x1bt\xc8\n": "code page 200 is not known at byte 3",
        b"\x1d(k\x03\x001Z\x00": "unknown QR function 31 5a at byte 8",
        b"\x1d(L\x02\x0001": "unknown function GS ( L 30 31 at byte 7",
        b"abc": "the bytes end inside a line at byte 3",
        b"\x1b": "the bytes end inside a command at byte 2",
        b"\x1b*\x21\x05\x00\x00": "the bytes end inside a command at byte 20",
        b"a\x1dv0\x00\x01\x00\x01\x00\xff\n": "a picture in the middle of a line at byte 10",
        b"\x1dv0\x00\x49\x00\x01\x00" + b"\xff" * 73: "a picture of 584 dots on paper of 576 at byte 81",
    }
    for data, problem in cases.items():
        assert virtual.read(data).problems == [problem], data


def test_too_long_a_line_is_wrapped_as_printers_do():
    assert virtual.read(b"x" * 50 + b"\n").lines == ["x" * 48, "xx"]
    assert virtual.read(b"x" * 33 + b"\n", 384).lines == ["x" * 32, "x"]


def test_files_are_numbered_and_never_overwritten(tmp_path):
    folder = tmp_path / "papers"
    first, _ = virtual.save(b"a\n", folder, 576)
    second, _ = virtual.save(b"b\n", folder, 576)
    assert [path.name for path in first + second] == [
        "receipt-0001.bin",
        "receipt-0001.png",
        "receipt-0002.bin",
        "receipt-0002.png",
    ]
    assert first[0].read_bytes() == b"a\n"
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in first + second)
    first[0].unlink()
    first[1].unlink()
    third, problems = virtual.save(b"\x1bz", folder, 576)
    assert third[0].name == "receipt-0003.bin"
    assert problems == ["unknown command 1b 7a at byte 0"]
    with Image.open(third[1]) as picture:
        assert picture.width == 576 + 2 * virtual.MARGIN
