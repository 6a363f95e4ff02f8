"""A wrong configuration file is told in one sentence: the file, the key or line, what is allowed."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from config import exits
from config.settings import SettingsError, load


class Printer(msgspec.Struct, forbid_unknown_fields=True):
    columns: Annotated[int, msgspec.Meta(ge=20, le=80)] = 48
    language: Literal["tspl", "zpl"] = "tspl"


class Reader(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    place: Literal["shopper", "till"] = "shopper"
    printer: Printer = msgspec.field(default_factory=Printer)


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    port: int
    printer: Printer = msgspec.field(default_factory=Printer)
    spare: Printer | None = None
    reader: list[Reader] = []
    by_name: dict[str, Printer] = {}


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "outlet.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def told(file: Path) -> str:
    """What the user reads, less the file's name, which must stand first."""
    with pytest.raises(SettingsError) as caught:
        load(file, Settings)
    assert caught.value.code == exits.USAGE
    sentence = str(caught.value)
    assert sentence.startswith(f"{file}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert caught.value.vi.startswith(f"{file}: ") and caught.value.vi != sentence
    return sentence.removeprefix(f"{file}: ")


def test_a_right_file_is_read(tmp_path: Path) -> None:
    text = (
        'port = 8080\n[spare]\ncolumns = 32\n[by_name.a]\nlanguage = "zpl"\n'
        '[[reader]]\nname = "một"\n[[reader]]\nname = "hai"\nplace = "till"\n[reader.printer]\ncolumns = 42\n'
    )
    settings = load(write(tmp_path, text), Settings)
    assert settings == Settings(
        port=8080,
        spare=Printer(columns=32),
        by_name={"a": Printer(language="zpl")},
        reader=[Reader(name="một"), Reader(name="hai", place="till", printer=Printer(columns=42))],
    )


PRINTER_KEYS = "allowed here: columns, language."
WRONG = {
    "unknown key": (
        "port = 1\nnothing = 1",
        "unknown key 'nothing'; allowed here: by_name, port, printer, reader, spare.",
    ),
    "misspelt key": (
        "port = 1\nprintr = {}",
        "unknown key 'printr'; did you mean 'printer'? allowed here: by_name, port, printer, reader, spare.",
    ),
    "in a table": (
        "port = 1\n[printer]\ncolums = 3",
        f"unknown key 'printer.colums'; did you mean 'columns'? {PRINTER_KEYS}",
    ),
    "in a table that may be absent": ("port = 1\n[spare]\nx = 3", f"unknown key 'spare.x'; {PRINTER_KEYS}"),
    "in a table of any name": ("port = 1\n[by_name.a]\nx = 3", f"unknown key 'by_name.a.x'; {PRINTER_KEYS}"),
    "in an array of tables": (
        'port = 1\n[[reader]]\nname = "a"\n[[reader]]\nx = 1',
        "unknown key 'reader[1].x'; allowed here: name, place, printer.",
    ),
    "in a table in an array": (
        'port = 1\n[[reader]]\nname = "a"\n[reader.printer]\nx = 1',
        f"unknown key 'reader[0].printer.x'; {PRINTER_KEYS}",
    ),
    "missing key": ("", "the key 'port' is missing."),
    "missing key in an array": ("port = 1\n[[reader]]", "the key 'reader[0].name' is missing."),
    "wrong type": ('port = "x"', "port: expected a whole number, got a text."),
    "true is no number": ("port = true", "port: expected a whole number, got true or false."),
    "too small": ("port = 1\n[printer]\ncolumns = 3", "printer.columns: expected a whole number >= 20."),
    "too big": ("port = 1\n[printer]\ncolumns = 99", "printer.columns: expected a whole number <= 80."),
    "a word that is not allowed": (
        'port = 1\n[[reader]]\nname = "a"\nplace = "door"',
        'reader[0].place: "door" is not allowed; allowed: "shopper", "till".',
    ),
    "a number for a word": (
        "port = 1\n[printer]\nlanguage = 3",
        'printer.language: 3 is not allowed; allowed: "tspl", "zpl".',
    ),
    "a value for a table": ("port = 1\nprinter = 3", "printer: expected a table, got a whole number."),
    "a table for an array of tables": (
        'port = 1\n[reader]\nname = "a"',
        "reader: expected a list, got a table.",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_key_or_value(kind: str, tmp_path: Path) -> None:
    text, sentence = WRONG[kind]
    assert told(write(tmp_path, text)) == sentence


@pytest.mark.parametrize(
    ("text", "vi"),
    [
        (
            "port = 1\nprintr = {}",
            "không có khoá 'printr'; ý là 'printer'? ở đây được viết: by_name, port, printer, reader, spare.",
        ),
        ("", "thiếu khoá 'port'."),
        ('port = "x"', "port: cần một số nguyên, đang là một chuỗi chữ."),
        ("port = 1\n[printer]\ncolumns = 3", "printer.columns: cần một số nguyên >= 20."),
        (
            "port = 1\n[printer]\nlanguage = 3",
            'printer.language: không được viết 3; chỉ được viết: "tspl", "zpl".',
        ),
    ],
)
def test_what_is_wrong_is_said_in_vietnamese_first(text: str, vi: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load(file, Settings)
    assert caught.value.told().startswith(f"{file}: {vi} / {file}: ")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("port = = 1", "at line 1, column 8"),
        ("port = 1\nport 2", "at line 2, column 6"),
        ("port = 1\n[printer\n", "at line 2, column 9"),
        ('port = "', "at end of document"),
    ],
)
def test_what_is_no_toml_names_the_place(text: str, place: str, tmp_path: Path) -> None:
    sentence = told(write(tmp_path, text))
    assert sentence.startswith("is not valid TOML: ")
    assert sentence.endswith(f"({place}).")


def test_no_utf_8(tmp_path: Path) -> None:
    assert told(write(tmp_path, b"port = 1 # \xe9")) == "is not UTF-8 text; save it as UTF-8."


def test_no_file(tmp_path: Path) -> None:
    assert (
        told(tmp_path / "outlet.toml") == "cannot read this configuration file (No such file or directory)."
    )


def test_a_folder(tmp_path: Path) -> None:
    assert told(tmp_path) == "cannot read this configuration file (Is a directory)."
