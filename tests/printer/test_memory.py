"""Letters that an earlier job left in the printer are used only while the printer proves that it has them.

Whatever happens between two jobs or inside of one: no receipt that counts as printed has a wrong letter.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import msgspec
import pytest

from printer.host import conversation, jobs, languages, virtual
from printer.host.conversation import Known

PROFILE = "plain+glyphs+qr+positions+keeps"
SALE = {
    "shop": {"name": "OCOP Hà Tĩnh", "address": "Kỳ Anh", "tax_code": ""},
    "number": "HT01A-1",
    "hash10": "AAAAAAAAAA",
    "check_url": "HTTPS://OCOP.HATINH.VN/R/HT01A/1/AAAAAAAAAA",
    "at": 1795417500000,
    "lines": [{"name": "Kẹo cu đơ", "qty": 1, "price": 5, "amount": 5}],
    "total": 5,
    "payments": [{"kind": "cash", "amount": 5}],
}
OTHER = SALE | {"lines": [{"name": "Nước mắm nhỉ Phú Khương, ~ZWJQ", "qty": 1, "price": 5, "amount": 5}]}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Patience for printers that are many threads of this process, and read back their whole paper."""
    for name, seconds in (("STALL", 1.0), ("POLL", 0.05), ("FIRST", 5.0), ("PROOF", 2.0), ("LINGER", 0.1)):
        monkeypatch.setattr(conversation, name, seconds)
    for module in (conversation, languages):
        monkeypatch.setattr(module, "ANSWER", 3.0)


def print_(printer, known, sale=SALE, profile=PROFILE):
    return jobs.run(jobs.Job(printer.name, "receipt", profile=profile, data=sale, known=known))


@cache
def whole(name):
    """The paper of a sale's receipt, printed by itself."""
    sale = {"SALE": SALE, "OTHER": OTHER}[name]
    paper = virtual.read(jobs.encode(jobs.Job("", "receipt", profile=PROFILE, data=sale))).paper
    return paper.crop((0, virtual.MARGIN, paper.width, paper.height - virtual.MARGIN))


def shows(printer, name="SALE"):
    """Whether the last slip of the paper is that receipt, dot by dot."""
    reading = virtual.read(bytes(printer.paper[printer.starts[-1] :]))
    wanted = whole(name)
    top = reading.paper.height - virtual.MARGIN - wanted.height
    return reading.paper.crop((0, top, wanted.width, top + wanted.height)).tobytes() == wanted.tobytes()


LINES = ("tcp", "serial")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("proof", ["paper", "process"])
def test_a_printer_that_stayed_on_is_taught_once(fake_printers, line, proof):
    printer = fake_printers(line, lists=True, proof=proof, maker=b"EPSON")
    first = print_(printer, Known())
    assert first.state == "printed" and shows(printer)
    second = print_(printer, first.known)
    assert second.state == "printed" and shows(printer)
    assert second.bytes < first.bytes - 500 and second.known.keeps == "yes"
    assert bytes(printer.paper).count(b"\x1b@") == 1 and printer.unheard == b""
    third = print_(printer, second.known, OTHER)  # a few letters more, and some codes given back
    assert third.state == "printed" and shows(printer, "OTHER")
    fourth = print_(printer, third.known)
    assert fourth.state == "printed" and shows(printer)
    assert bytes(printer.paper).count(b"\x1b@") == 1


@pytest.mark.parametrize("line", LINES)
def test_a_printer_that_was_switched_off_is_taught_again(fake_printers, line):
    printer = fake_printers(line, lists=True)
    first = print_(printer, Known())
    printer.cycle()
    second = print_(printer, first.known)
    assert second.state == "printed" and shows(printer)
    assert second.bytes == first.bytes
    assert print_(printer, second.known).bytes < first.bytes - 500 and shows(printer)


def test_another_printer_under_the_same_name_is_taught(fake_printers, monkeypatch):
    """One that was taught by somebody else too."""
    old, new = fake_printers("tcp", lists=True), fake_printers("tcp", lists=True)
    known = print_(old, Known()).known
    assert print_(new, Known(), OTHER).state == "printed"
    new_again = print_(new, known)
    assert new_again.state == "printed" and shows(new)
    assert bytes(new.paper).count(b"\x1b@") == 2


@pytest.mark.parametrize(
    "foreign", [b"\x1b@Hello\n\x1dVB\x00", b"\x1d(L\x0c\x000S0AB\x01\x01\x00\x01\x001\x80Hello\n\x1dVB\x00"]
)
def test_another_program_that_printed_meanwhile(fake_printers, foreign):
    printer = fake_printers("tcp", lists=True)
    first = print_(printer, Known())
    connection = jobs.devices.connect(printer.name)
    assert connection.deliver(foreign, "escpos", Known()).state == "printed"
    second = print_(printer, first.known)
    assert second.state == "printed" and shows(printer) and second.bytes == first.bytes


def test_what_is_printed_next_has_ascii_again(fake_printers):
    printer = fake_printers("tcp", lists=True)
    print_(printer, Known())
    text = bytes(range(33, 127)) + b"\n"
    jobs.devices.connect(printer.name).deliver(text, "escpos", Known())
    assert virtual.read(bytes(printer.paper)).lines[-2:] == [text[:48].decode(), text[48:-1].decode()]


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("line", LINES)
def test_a_profile_that_does_not_promise_it_is_taught_each_time(fake_printers, line, lists):
    printer = fake_printers(line, lists=lists)
    known = print_(printer, Known(), profile="plain+glyphs+qr").known
    again = print_(printer, known, profile="plain+glyphs+qr")
    assert again.state == "printed" and shows(printer)
    assert bytes(printer.paper).count(b"\x1b@") == 2 and b"\x1d(L" not in printer.paper


def test_a_printer_that_lists_nothing_is_asked_once(fake_printers):
    printer = fake_printers("tcp", lists=False)
    first = print_(printer, Known())
    assert first.state == "printed" and shows(printer) and first.known.keeps == "no"
    second = print_(printer, first.known)
    assert second.state == "printed" and shows(printer)
    assert bytes(printer.paper).count(b"\x1d(L") == 2  # both of the first job


def test_a_printer_without_status_is_taught_each_time(fake_printers):
    printer = fake_printers("tcp", lists=True, answers=False, proof=None)
    first = print_(printer, Known())
    assert first.proof == "closed" and first.known.memory.marks == ""
    assert print_(printer, first.known).bytes == first.bytes and shows(printer)


@pytest.mark.parametrize(("line", "how"), [("tcp", "hang"), ("tcp", "reset"), ("serial", "reset")])
def test_a_job_that_broke_off_at_any_byte(fake_printers, line, how):
    """While it teaches letters for the first time, and while it changes some that were left."""
    taught = len(jobs.encode_taught(jobs.Job("", "receipt", profile=PROFILE, data=OTHER))[0])

    def one(case):
        before, at = case
        printer = fake_printers(line, lists=True, proof="paper")
        known = print_(printer, Known()).known if before else Known(answers=True, proof="paper")
        printer.stops_at, printer.stops_by = printer.taken + at, how
        broken = print_(printer, known, OTHER)
        if broken.state == "printed":  # it ended just behind the job
            assert shows(printer, "OTHER")
        printer.back()
        after = print_(printer, broken.known)
        assert after.state == "printed" and shows(printer), case
        assert print_(printer, after.known).bytes < after.bytes and shows(printer), case
        printer.stop()

    cases = [(before, at) for before in (False, True) for at in range(1, taught // (1 + before), 97)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, cases))


@pytest.mark.parametrize(("line", "name"), [("tcp", "SALE"), ("serial", "OTHER")])
def test_a_printer_that_is_switched_off_and_on_at_any_byte(fake_printers, line, name):
    """Behind a print server, or on a serial line without flow control, the bytes go on as if nothing were."""

    def one(at):
        printer = fake_printers(line, lists=True, proof="paper")
        known = print_(printer, Known()).known
        assert known.memory.marks
        printer.stops_at, printer.stops_by = printer.taken + at, "power"
        result = print_(printer, known, {"SALE": SALE, "OTHER": OTHER}[name])
        assert result.state == "unknown" or shows(printer, name), at
        printer.back()
        after = print_(printer, result.known)
        assert after.state == "printed" and shows(printer), at
        printer.stop()
        return result.state

    with ThreadPoolExecutor(8) as pool:
        assert "unknown" in set(pool.map(one, range(1, 760, 29)))


def test_a_worker_that_was_killed_leaves_nothing_to_rely_on(start, fake_printers):
    """The kiosk then hands back what it knew before, with a word that the job broke off."""
    printer = fake_printers("tcp", lists=True, slowly=1)
    known = print_(printer, Known()).known
    worker = start()
    assert worker.line() == {"ready": True}
    printer.later = True
    job = jobs.Job(printer.name, "receipt", profile=PROFILE, data=OTHER, known=known)
    worker.send(msgspec.json.encode(job))
    while not printer.waiting:
        pass
    worker.process.kill()
    worker.process.wait(10)
    printer.back()
    for told in (msgspec.structs.replace(known, unsettled=True), known):
        after = print_(printer, told)
        assert after.state == "printed" and shows(printer)


def test_one_receipt_after_another_by_chance(fake_printers):
    """Random names, a printer that is switched off now and then: every slip is right."""
    import random

    dice = random.Random(5)
    words = [
        "Mật",
        "ong",
        "rừng",
        "Hương",
        "Khê",
        "kẹo",
        "cu",
        "đơ",
        "nước",
        "mắm",
        "bưởi",
        "Phúc",
        "Trạch",
        "trà",
        "xanh",
        "Vũ",
        "Quang",
        "ẨM",
        "THỰC",
        "~{}[]",
        "ĐẶC",
        "SẢN",
    ]
    printer, known, reused = fake_printers("tcp", lists=True), Known(), 0
    for number in range(40):
        if dice.random() < 0.15:
            printer.cycle()
        sale = SALE | {"lines": [SALE["lines"][0] | {"name": " ".join(dice.choices(words, k=6))}]}
        before = len(printer.paper)
        result = print_(printer, known, sale)
        assert result.state == "printed"
        alone = virtual.read(jobs.encode(jobs.Job("", "receipt", profile=PROFILE, data=sale))).paper
        wanted = alone.crop((0, virtual.MARGIN, alone.width, alone.height - virtual.MARGIN))
        paper = virtual.read(bytes(printer.paper[printer.starts[-1] :])).paper
        top = paper.height - virtual.MARGIN - wanted.height
        assert paper.crop((0, top, wanted.width, top + wanted.height)).tobytes() == wanted.tobytes(), number
        reused += b"\x1b@" not in printer.paper[before:]
        known = result.known
    assert reused > 20
