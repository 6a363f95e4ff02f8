"""Every fault at every byte of a receipt: nothing is lost, nothing doubled, and each job ends in one of three
states. The table of outcomes is printed (pytest -s).

The person is played by the rule they are asked to follow: look at the paper once the printer is at rest, say
what came out, and print again if it did not.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from printer.host import conversation, jobs, languages, virtual
from printer.host.conversation import Known

MET = Known(answers=True, proof="paper")
EPSON = Known(answers=True, proof="process")
LINES = ("tcp", "serial")
CUT = b"\x1dVB\x00"
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


@cache
def receipt(copy, profile="tcvn"):
    return jobs.encode(jobs.Job("", "receipt", profile=profile, data=SALE | {"copy": copy}))


@pytest.fixture
def quick(monkeypatch):
    for name, seconds in (("STALL", 0.3), ("POLL", 0.05), ("FIRST", 0.3), ("PROOF", 0.5), ("LINGER", 0.1)):
        monkeypatch.setattr(conversation, name, seconds)
    monkeypatch.setattr(languages, "ANSWER", 0.2)


@pytest.fixture
def patient(quick, monkeypatch):
    """Where the printer has to answer, on a machine that may be busy."""
    for name, seconds in (("STALL", 1.0), ("FIRST", 3.0), ("PROOF", 3.0)):
        monkeypatch.setattr(conversation, name, seconds)
    monkeypatch.setattr(languages, "ANSWER", 2.0)


@cache
def wanted(copy, profile="tcvn"):
    return virtual.read(receipt(copy, profile))


def came_out(printer):
    """The whole receipts that were cut off, by their copy's number (0: the original), and others as "part"."""
    return [looked_at(slip) for slip in bytes(printer.paper).split(CUT)[:-1]]


@cache
def looked_at(slip):
    reading = virtual.read(slip + CUT)
    for copy in range(4):
        lines = wanted(copy).lines
        if reading.lines[-len(lines) :] == lines and reading.codes[-1:] == [SALE["check_url"]]:
            return copy
    return "part"


def story(printer, known):
    """One sale's receipt until everybody is content. Returns (state of the first job, what came out)."""
    from printer.host.devices import connect

    first = outcome = connect(printer.name).deliver(receipt(0), "escpos", known)
    copy, tries = 0, 0
    while True:
        before = came_out(printer)
        if outcome.state == "printed":
            assert copy in before, "said to be printed, and is not on the paper"
            return first.state, before
        printer.back()  # cable, paper and cover are put right
        looked = came_out(printer)
        if outcome.state == "not_printed":
            assert before == looked and copy not in looked, "said not to be printed, and came out"
        elif copy in looked:
            return first.state, looked  # "yes, it came out whole"
        else:
            copy += 1  # "no, print it again", as a copy
        tries += 1
        assert tries < 20
        outcome = connect(printer.name).deliver(receipt(copy), "escpos", outcome.known)


def content(papers):
    """Somebody got a whole receipt, and no two papers pass for the same one."""
    whole = [paper for paper in papers if paper != "part"]
    return len(whole) >= 1 and len(set(whole)) == len(whole)


def faults(size):
    """Everything that can go wrong, but for the byte at which it does."""
    yield "no fault", {}
    yield "paper out before", {"paper_out": True}
    yield "cover open before", {"cover_open": True}
    yield "paper nearly out", {"near_end": True}
    yield "never reads", {"reads": False}
    yield "reads 7 bytes at a time", {"slowly": 7}
    yield "takes it and prints later", {"later": True}
    yield "silent", {"answers": False}
    for how, name in (("reset", "connection lost"), ("hang", "cable pulled"), ("paper", "paper ends")):
        for at in range(1, size + 1):
            yield f"{name} at byte n", {"stops_at": at, "stops_by": how}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("line", LINES)
def test_every_fault_at_every_byte(fake_printers, quick, line, capsys):
    """A printer that tells its status, as nearly all do, met before."""
    size = len(receipt(0))
    table = Counter()

    def one(fault):
        name, settings = fault
        printer = fake_printers(line, **settings)
        if not printer.reads:
            # It is put right by hand, as a hung printer is: off and on.
            printer.back = lambda: setattr(printer, "reads", True)
        if not printer.answers:
            printer.back = lambda: setattr(printer, "answers", True)
        state, papers = story(printer, MET)
        printer.stop()
        assert content(papers), (fault, papers)
        return name, state

    with ThreadPoolExecutor(48) as pool:
        for name, state in pool.map(one, faults(size)):
            table[name, state] += 1
    with capsys.disabled():
        print(f"\n{line}, {size} bytes")
        for (name, state), count in table.items():
            print(f"  {name:28} {state:12} {count:5}")
    assert {state for _, state in table} == {"printed", "not_printed", "unknown"}
    assert table["no fault", "printed"] == table["paper nearly out", "printed"] == 1
    for name in ("paper out before", "cover open before", "never reads", "silent"):
        assert table[name, "not_printed"] == 1, name
    assert table["takes it and prints later", "unknown"] == 1


@pytest.mark.parametrize("known", [Known(), EPSON], ids=["met for the first time", "GS ( H"])
@pytest.mark.parametrize("line", LINES)
def test_other_printers_at_every_ninth_byte(fake_printers, quick, line, known):
    def one(fault):
        settings = fault[1] | {"proof": "process", "maker": b"EPSON"} if known == EPSON else fault[1]
        printer = fake_printers(line, **settings)
        state, papers = story(printer, known)
        printer.stop()
        assert content(papers), (fault, papers)
        return state

    left_out = ("never reads", "silent", "takes it and prints later")
    some = [fault for fault in faults(len(receipt(0))) if fault[1].get("stops_at", 1) % 9 == 1]
    some = [fault for fault in some if fault[0] not in left_out]
    with ThreadPoolExecutor(48) as pool:
        assert set(pool.map(one, some)) <= {"printed", "not_printed", "unknown"}


@pytest.mark.parametrize("profile", ["plain", "plain+glyphs+qr"])
def test_the_receipt_after_a_broken_one_is_whole_on_printers_that_draw(fake_printers, patient, profile):
    """The printer stands inside of a picture or of a letter's definition, wanting bytes."""
    from printer.host.devices import connect

    data = receipt(0, profile)
    expected = wanted(1, profile)

    def one(at):
        printer = fake_printers("tcp", stops_at=at, stops_by="hang")
        outcome = connect(printer.name).deliver(data, "escpos", MET)
        assert outcome.state == "unknown"
        printer.back()
        outcome = connect(printer.name).deliver(receipt(1, profile), "escpos", outcome.known)
        assert outcome.state == "printed"
        printer.stop()
        reading = virtual.read(bytes(printer.paper))
        assert reading.lines[-len(expected.lines) :] == expected.lines, at
        ours = expected.paper.crop(
            (0, virtual.MARGIN, expected.paper.width, expected.paper.height - virtual.MARGIN)
        )
        top = reading.paper.height - virtual.MARGIN - ours.height
        assert reading.paper.crop((0, top, ours.width, top + ours.height)).tobytes() == ours.tobytes(), at

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(1, len(data), 61)))
