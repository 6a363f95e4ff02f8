"""`ocop print` from a shell."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from config.settings import load
from printer.host import virtual

SALE = Path(__file__).parent / "SALE.json"
LABEL = {"name": "Mật ong hoa rừng", "price": 185000, "unit_price": "370 ₫/ml", "ean": "8934563138165"}


def ocop(*arguments, **options):
    command = [
        sys.executable,
        "-c",
        "from config.cli import main; raise SystemExit(main())",
        "print",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def label(tmp_path):
    path = tmp_path / "label.json"
    path.write_text(json.dumps(LABEL))
    return str(path)


def test_a_receipt(tmp_path):
    done = ocop("receipt", str(SALE), "--to", f"virtual:{tmp_path}", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["state"], result["proof"]) == ("printed", "printer")
    assert [Path(path).suffix for path in result["files"]] == [".bin", ".png"]
    spoken = ocop("receipt", "-", "--to", f"virtual:{tmp_path}", input=SALE.read_text())
    assert spoken.returncode == 0
    assert spoken.stdout.splitlines()[0] == f"printed {result['bytes']} bytes"


def test_labels(tmp_path, label):
    done = ocop("label", label, "--to", f"virtual:{tmp_path}/t", "--size", "40x30", "--count", "3", "--json")
    assert done.returncode == 0, done.stderr
    raw, picture = json.loads(done.stdout)["files"]
    assert Path(raw).read_bytes().startswith(b"SIZE 40 mm,30 mm\r\n")
    codes = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    assert [code.text for code in codes] == [LABEL["ean"]] * 3
    done = ocop(
        "label", label, "--to", f"file:{tmp_path}/z", "--language", "zpl", "--dpi", "300", "--count", "2"
    )
    assert done.returncode == 0, done.stderr
    zpl = (tmp_path / "z").read_text()
    assert zpl.startswith("^XA") and "^PQ2" in zpl and zpl.endswith("^XZ")
    done = ocop("label", label, "--to", f"virtual:{tmp_path}/e", "--language", "escpos", "--json")
    reading = virtual.read(Path(json.loads(done.stdout)["files"][0]).read_bytes())
    assert reading.problems == [] and reading.cuts == 1


def test_the_test_page_and_its_answer(tmp_path):
    """A shop person prints it, looks, and says which lines are right; that is stored."""
    done = ocop("test", "--to", f"virtual:{tmp_path}/t")
    assert done.returncode == 0, done.stderr
    assert "ocop print test --right NUMBERS" in done.stdout
    config = tmp_path / "outlet.toml"
    text = '# ours\ndata = "x"\n\n[printer]\ndevice = "usb:0483:070b"\n# kept\nprofile = "plain"  # old\ncolumns = 48\n\n[office]\nurl = ""\n'
    config.write_text(text)
    done = ocop("test", "--right", "1", "2", "5", "--config", str(config))
    assert done.returncode == 0, done.stderr
    name = done.stdout.split('"')[1]
    assert name.startswith("plain+")
    assert config.read_text() == text.replace('profile = "plain"  # old', f'profile = "{name}"')
    paper = ocop("receipt", str(SALE), "--to", f"virtual:{tmp_path}/r", "--profile", name)
    assert paper.returncode == 0, paper.stderr
    config.write_text('data = "x"\n[printer]\ndevice = ""\n')
    assert ocop("test", "--right", "1", "--config", str(config), "--json").returncode == 0
    from kiosk.host.settings import Settings

    assert load(config, Settings).printer.profile.startswith("plain+")


def test_a_test_label(tmp_path):
    done = ocop("test", "--to", f"virtual:{tmp_path}/t", "--language", "tspl", "--size", "35x22")
    assert done.returncode == 0, done.stderr
    assert "--right" not in done.stdout


def test_wrong_use_says_what_to_do(tmp_path, label):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps(LABEL | {"colour": "red"}))
    cheap = tmp_path / "cheap.json"
    cheap.write_text(json.dumps(LABEL | {"price": "185.000"}))
    kind = tmp_path / "kind.json"
    kind.write_text(json.dumps(LABEL | {"kind": "wine"}))
    code = tmp_path / "code.json"
    code.write_text(json.dumps(LABEL | {"ean": "8934563138160"}))
    listed = tmp_path / "list.json"
    listed.write_text("[1]")
    plain = tmp_path / "plain.toml"
    plain.write_text('data = "x"\n')
    out = f"file:{tmp_path}/out"
    cases = [
        (2, ("receipt", str(broken), "--to", out), "not JSON"),
        (2, ("receipt", str(empty), "--to", out), "shop"),
        (2, ("receipt", str(listed), "--to", out), "sale"),
        (2, ("receipt", str(SALE), "--to", "pigeon:x"), "write one of"),
        (2, ("receipt", str(SALE), "--to", out, "--columns", "3"), "columns"),
        (2, ("receipt", str(SALE), "--to", out, "--profile", "tin"), "tin"),
        (2, ("receipt", str(SALE), "--to", out, "--profile", "plain+wings"), "wings"),
        (2, ("receipt", str(SALE)), "--to"),
        (2, ("label", str(broken), "--to", out), "not JSON"),
        (2, ("label", str(empty), "--to", out), "no field to print"),
        (2, ("label", str(listed), "--to", out), "no label"),
        (2, ("label", str(odd), "--to", out), "colour"),
        (2, ("label", str(cheap), "--to", out), "185.000"),
        (2, ("label", str(kind), "--to", out), "wine"),
        (2, ("label", str(code), "--to", out), "8934563138160"),
        (2, ("label", label, "--to", out, "--size", "9x9"), "50x30"),
        (2, ("label", label, "--to", out, "--size", "../x"), "50x30"),
        (2, ("label", label, "--to", out, "--dpi", "96"), "dpi"),
        (2, ("label", label, "--to", out, "--count", "0"), "count"),
        (2, ("label", label, "--to", out, "--language", "latin"), "latin"),
        (2, ("test",), "--to DEVICE"),
        (2, ("test", "--right", "99"), "99"),
        (2, ("test", "--right", "1", "--config", str(plain)), "[printer]"),
        (2, (), "receipt|label|test"),
        (3, ("receipt", str(tmp_path / "none.json"), "--to", out), "cannot be read"),
        (3, ("label", str(tmp_path / "none.json"), "--to", out), "cannot be read"),
        (3, ("test", "--right", "1", "--config", str(tmp_path / "none.toml")), "cannot be read"),
        (3, ("receipt", str(SALE), "--to", "file:/nowhere/out"), "cannot be reached"),
    ]
    for code, arguments, word in cases:
        done = ocop(*arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert word in done.stderr, (arguments, done.stderr)
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_device_that_fails_answers_in_json_too():
    done = ocop("test", "--to", "file:/nowhere/out", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["state"] == "not_printed"


@pytest.mark.parametrize("line", ["tcp", "serial"])
def test_to_a_printer_at_the_end_of_a_line(fake_printers, line):
    printer = fake_printers(line)
    done = ocop("receipt", str(SALE), "--to", printer.name, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["proof"] == "printer"
    reading = virtual.read(bytes(printer.paper))
    assert reading.problems == [] and reading.cuts == 1
    printer.paper_out = True
    done = ocop("receipt", str(SALE), "--to", printer.name)
    assert done.returncode == 3 and "Out of paper" in done.stderr


def test_to_a_printer_without_status_it_says_that_somebody_has_to_look(fake_printers):
    printer = fake_printers("tcp", answers=False, proof=None)
    done = ocop("receipt", str(SALE), "--to", printer.name)
    assert done.returncode == 0 and "look at the paper" in done.stderr


def test_a_template_is_tried_and_its_error_named(tmp_path):
    template = tmp_path / "receipt.receipt"
    template.write_text('"PHIẾU BÁN HÀNG {{number}}\n{code:{{check_url}}}\n=\n')
    done = ocop("receipt", str(SALE), "--to", f"virtual:{tmp_path}", "--template", str(template), "--json")
    assert done.returncode == 0, done.stderr
    raw, _ = json.loads(done.stdout)["files"]
    assert "PHIẾU BÁN HÀNG HT01A-12" in "".join(virtual.read(Path(raw).read_bytes()).lines)
    template.write_text("one\n{{nothing}}\n")
    done = ocop("receipt", str(SALE), "--to", f"virtual:{tmp_path}", "--template", str(template))
    assert done.returncode == 2
    assert "line 2" in done.stderr and "nothing" in done.stderr
    template.write_bytes(b"\xff\xfe")
    done = ocop("receipt", str(SALE), "--to", f"virtual:{tmp_path}", "--template", str(template))
    assert done.returncode == 2
    assert "UTF-8" in done.stderr
