"""Label printers that answer as real ones do (TSPL: ESC ! ?, ZPL: ~HS), and every fault at any byte: a label
that counts as printed is on the roll, one that does not is not, and everything else is asked about."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from printer.host import conversation, jobs, languages
from printer.host.conversation import Known

MET = Known(answers=True, proof="rest")
LABEL = {
    "kind": "product",
    "name": "Kẹo cu đơ",
    "lot": "L1",
    "stamp": "HTTPS://OCOP.HATINH.VN/01/08931234567019/21/1",
}
SPEAK = ("tspl", "zpl")


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """For printers that are threads of this very process, on a machine that may be busy."""
    for name, seconds in (("STALL", 1.0), ("POLL", 0.02), ("FIRST", 2.0), ("PROOF", 2.0), ("LINGER", 0.1)):
        monkeypatch.setattr(conversation, name, seconds)
    monkeypatch.setattr(languages, "ANSWER", 1.0)


@pytest.fixture
def quick(patient, monkeypatch):
    """Where a thousand faults are waited for, and every end of a job is right."""
    for name, seconds in (("STALL", 0.5), ("FIRST", 0.8), ("PROOF", 0.8)):
        monkeypatch.setattr(conversation, name, seconds)
    monkeypatch.setattr(languages, "ANSWER", 0.8)


def job(printer, known=MET, count=1, lot="L1"):
    data = LABEL | {"lot": lot}
    return jobs.Job(
        printer.name, "label", data=data, language=printer.language, size="35x22", count=count, known=known
    )


@cache
def label(language, lot):
    """The commands of one label, as the printer keeps them."""
    data = jobs.encode(jobs.Job("", "label", data=LABEL | {"lot": lot}, language=language, size="35x22"))
    if language == "zpl":
        return data.removeprefix(b"^XA").removesuffix(b"^XZ")
    return data.partition(b"CLS\r\n")[2].removesuffix(b"\r\nPRINT 1\r\n")


def lots(printer):
    """Which labels it has printed."""
    known = {label(printer.language, lot): lot for lot in ("L1", "L2")}
    return [known.get(one, "part") for one in printer.labels]


@pytest.mark.parametrize("line", ["tcp", "serial"])
@pytest.mark.parametrize("language", SPEAK)
def test_labels_are_printed_once_the_printer_is_at_rest(fake_printers, line, language):
    printer = fake_printers(line, language)
    first = jobs.run(job(printer, Known(), count=7))
    assert (first.state, first.proof, first.detail) == ("printed", "printer", "")
    assert lots(printer) == ["L1"] * 7 and first.known.answers
    again = jobs.run(job(printer, first.known))
    assert again.state == "printed" and lots(printer) == ["L1"] * 8


@pytest.mark.parametrize("language", SPEAK)
@pytest.mark.parametrize(
    ("fault", "word"), [("paper_out", "Hết giấy"), ("cover_open", "Nắp máy in"), ("paused", "tạm dừng")]
)
def test_a_label_printer_that_cannot_print_gets_nothing(fake_printers, language, fault, word):
    printer = fake_printers("tcp", language, **{fault: True})
    result = jobs.run(job(printer))
    assert result.state == "not_printed" and word in result.detail
    printer.back()
    assert printer.taken == 0 and printer.labels == []


@pytest.mark.parametrize("language", SPEAK)
def test_a_label_printer_that_is_silent_now_gets_nothing(fake_printers, language):
    printer = fake_printers("tcp", language, answers=False)
    result = jobs.run(job(printer))
    assert result.state == "not_printed" and "không trả lời" in result.detail
    assert printer.taken == 0


@pytest.mark.parametrize("language", SPEAK)
def test_a_roll_that_ends_after_some_labels(fake_printers, language):
    printer = fake_printers("tcp", language, few=3)
    result = jobs.run(job(printer, count=5))
    assert result.state == "unknown" and "Hết giấy" in result.detail and "Look whether" in result.detail
    assert lots(printer) == ["L1"] * 3
    printer.back()
    # with a new roll it prints the others by itself; the next job waits for them
    assert jobs.run(job(printer, result.known, lot="L2")).state == "printed"
    assert lots(printer) == ["L1"] * 5 + ["L2"]


@pytest.mark.parametrize("language", SPEAK)
def test_a_label_printer_without_status(fake_printers, language):
    printer = fake_printers("tcp", language, answers=False)
    result = jobs.run(job(printer, Known()))
    assert (result.state, result.proof) == ("printed", "closed")
    assert "nhìn giấy" in result.detail and not result.known.answers


@pytest.mark.parametrize("language", SPEAK)
def test_a_label_printer_that_works_for_ever_is_asked_about(fake_printers, language, monkeypatch):
    monkeypatch.setattr(conversation, "BUSY", 0.3)
    printer = fake_printers("tcp", language)
    result = jobs.run(job(printer, count=5000))
    assert result.state == "unknown" and "chưa báo in xong" in result.detail
    assert len(printer.labels) < 5000


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", SPEAK)
@pytest.mark.parametrize(
    ("line", "how"), [("tcp", "reset"), ("tcp", "hang"), ("serial", "reset"), ("tcp", "paper")]
)
def test_every_fault_at_any_byte(fake_printers, quick, language, line, how, capsys):
    """The person looks at the roll once the printer is well again, and prints again what is not on it."""
    size = len(jobs.encode(jobs.Job("", "label", data=LABEL, language=language, size="35x22")))

    def one(at):
        printer = fake_printers(line, language, stops_at=at, stops_by=how)
        first = result = jobs.run(job(printer))
        for _ in range(3):
            if result.state == "printed":
                break
            printer.back()
            if result.state == "not_printed":
                assert printer.labels == [], at
            elif "L1" in lots(printer):
                break
            result = jobs.run(job(printer, result.known))
        # what came before the fault may still come out, with a new roll: it is looked at, never sent again
        assert lots(printer) == ["L1"], (at, first.state, lots(printer))
        after = jobs.run(job(printer, result.known, lot="L2"))
        assert after.state == "printed" and lots(printer) == ["L1", "L2"], at
        printer.stop()
        return first.state

    # Every byte of what begins and ends a label, and of the roll's end; where a picture breaks off is alike.
    places = [at for at in range(1, size + 1) if how == "paper" or at < 80 or at > size - 40 or at % 7 == 0]
    with ThreadPoolExecutor(24) as pool:
        table = Counter(pool.map(one, places))
    with capsys.disabled():
        print(f"\n{language}, {line}, {how}: {dict(table)} of {size} bytes")
    assert set(table) <= {"printed", "not_printed", "unknown"} and table["unknown"]
