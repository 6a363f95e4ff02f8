"""outlet.toml: what the file in config/ says is what the program takes."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from config.settings import SettingsError
from kiosk.host import settings
from scanner.host import decoder, readers

EXAMPLE = Path(__file__).parents[2] / "config" / "outlet.toml"


def write(tmp_path, text):
    file = tmp_path / "outlet.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_documented_file_is_accepted():
    read, folder = settings.read(EXAMPLE)
    assert folder == Path("/var/lib/ocop-kiosk")
    assert read.reader[0].purpose == "look"


def test_every_key_is_documented_and_every_documented_key_exists():
    commented = re.sub(r"(?m)^# (\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8"))
    documented = tomllib.loads(commented)
    types = {"reader": settings.Reader, "": settings.Settings}
    for field in msgspec.structs.fields(settings.Settings):
        assert field.name in documented
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            types[field.name] = field.type
    for table, kind in types.items():
        names = {field.name for field in msgspec.structs.fields(kind)}
        shown = documented if table == "" else documented[table]
        shown = shown[0] if isinstance(shown, list) else shown
        assert set(shown) == names, table


def test_every_reader_of_pictures_can_be_chosen(tmp_path):
    names = (*decoder.NAMES, readers.LIGHT)
    table = '[[reader]]\nname = "{0}"\nkind = "camera"\nplace = "till"\ndevice = "0"\ndecoder = "{0}"\n'
    read, _ = settings.read(write(tmp_path, 'data = "d"\n' + "".join(map(table.format, names))))
    assert tuple(reader.decoder for reader in read.reader) == names
    with pytest.raises(SettingsError, match="decoder"):
        settings.read(write(tmp_path, 'data = "d"\n' + table.format("magic")))


def test_a_printer_that_is_files_has_them_in_the_data_folder(tmp_path):
    table = 'data = "d"\n[printer]\ndevice = "{}"\n[label_printer]\ndevice = "{}"\n'
    for device, other in (
        ("virtual:paper", "file:out/labels.bin"),
        ("virtual:/tmp/p", "tcp:10.0.0.9:9100"),
        ("", ""),
    ):
        read, folder = settings.read(write(tmp_path, table.format(device, other)))
        found = read.printer.device, read.label_printer.device
        assert found == tuple(
            name.replace(":", f":{folder}/") if name in ("virtual:paper", "file:out/labels.bin") else name
            for name in (device, other)
        )


def test_the_data_folder_counts_from_the_files_own_folder(tmp_path):
    _, folder = settings.read(write(tmp_path, 'data = "d"'))
    assert folder == tmp_path / "d"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('data = "d"\n[printer]\ncolums = 48', "printer.colums.*columns"),
        ('data = "d"\n[printer]\ncolumns = 40', "printer.columns"),
        ('data = "d"\n[shopper]\nport = 99999', "shopper.port"),
        ("[shop]\nname = 'x'", "data"),
        ('data = "d"\n[staff]\nhost = "0.0.0.0"\nport = 1', "staff.host.*127.0.0.1"),
        ('data = "d"\n[office]\nurl = "http://127.0.0.1:99999"', "office.url.*99999"),
        ('data = "d"\n[office]\nurl = "http://[::1"', "office.url"),
        ('data = "d"\n[office]\nurl = "https://"', "office.url"),
        ('data = "d"\n[office]\nurl = "ftp://ocop.example.vn"', "office.url.*https://"),
        (
            'data = "d"\n[[reader]]\nname="a"\nkind="camera"\nplace="shopper"\npurpose="sell"',
            r"reader\[0\].*shopper",
        ),
        (
            'data = "d"\n' + '[[reader]]\nname="a"\nkind="camera"\nplace="till"\n' * 2,
            "two readers",
        ),
    ],
)
def test_a_wrong_value_is_named_with_file_and_key(tmp_path, text, said):
    file = write(tmp_path, text)
    with pytest.raises(SettingsError, match=said) as caught:
        settings.read(file)
    assert str(file) in str(caught.value)
