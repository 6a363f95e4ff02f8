"""The print queue with a real worker process and a printer by script: nothing lost, nothing doubled."""

import asyncio
import json
import os
import signal
import sqlite3

import pytest

from kiosk.host.data import database
from kiosk.host.data.journal import Moment, Writer
from kiosk.host.prints import print_jobs, printing
from kiosk.host.prints.printing import Printing
from kiosk.host.settings import Printer
from printer.host import virtual


def paper_of(printer):
    """What came out whole: the copy's number of each receipt, 0 for the original."""
    found, text = [], bytes(printer.paper)
    for part in text.split(b"\x1dVB\x00")[:-1]:
        lines = virtual.read(part + b"\n").lines
        if any("TỔNG CỘNG" in line for line in lines) and any("Số HT01A-1" in line for line in lines):
            copies = [int(line.split()[2]) for line in lines if line.strip().startswith("BẢN SAO")]
            found.append(copies[0] if copies else 0)
    return found


RECEIPT = {
    "shop": {"name": "Cửa hàng", "address": "Hà Tĩnh", "tax_code": ""},
    "at": 1795417500000,
    "cashier": "An",
    "lines": [{"name": "Mật ong", "qty": 1, "unit": "chai", "price": 5, "amount": 5, "provenance": None}],
    "total": 5,
    "payments": [{"kind": "cash", "amount": 5}],
    "change": 0,
    "copy": 0,
    "illustrative": False,
    "catalogue_issued": None,
    "number": "HT01A-1",
    "hash10": "AAAAAAAAAA",
    "check_url": "HTTPS://OCOP.HATINH.VN/R/HT01A/1/AAAAAAAAAA",
}


async def standard_look():
    return {}


class Service:
    """The queue's part of one running service."""

    def __init__(self, folder, device, profile="tcvn"):
        self.events = []
        self.left_behind = None
        self.db = database.connect(folder)
        self.writer = Writer(database.connect(folder), "HT01A")
        self.printing = Printing(
            self.writer,
            Printer(device=device, profile=profile),
            lambda: Moment(1, 1, "sure"),
            lambda name, data: self.events.append(data),
            standard_look,
        )
        self.task = asyncio.ensure_future(self.printing.run())

    async def sell(self):
        def change(db):
            if db.execute("SELECT 1 FROM sale").fetchone() is None:
                db.execute("INSERT INTO journal VALUES (1, 'sale', 1, x'00', x'00', x'00')")
                db.execute(
                    "INSERT INTO sale VALUES ('HT01A', 1, 'HT01A-1', 'AAAAAAAAAA', 1, 'nv1', 5, 0, 'k', x'00')"
                )
            return print_jobs.enqueue(db, "receipt", RECEIPT, 1)

        job = await self.writer.write(change)
        self.printing.wake()
        return job

    def state(self, job):
        return self.db.execute("SELECT state FROM print_job WHERE id = ?", (job,)).fetchone()[0]

    def states(self):
        return [row[0] for row in self.db.execute("SELECT state FROM print_job ORDER BY id")]

    async def begun(self, job):
        while self.state(job) == "queued":
            await asyncio.sleep(0.002)

    async def sent(self, job, printer):
        """Until the printer has a part of it."""
        while not printer.waiting and self.state(job) in ("queued", "printing"):
            await asyncio.sleep(0.002)

    async def ended(self, job):
        while self.state(job) in ("queued", "printing"):
            await asyncio.sleep(0.005)
        return self.state(job)

    async def kill(self):
        """kill -9: nothing is written down any more. The worker is left behind, as it would be."""
        self.task.cancel()
        await asyncio.wait([self.task])
        worker = self.printing._worker
        if worker is not None:
            worker._process.stdin.close()
            self.left_behind = worker._process
        self.db.close()
        self.writer._thread.shutdown()
        self.writer._db.close()

    async def stop(self):
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.printing.stop()
        await self.writer.close()
        self.db.close()


@pytest.fixture
async def serve(tmp_path):
    made = []

    def start(device, profile="tcvn"):
        made.append(Service(tmp_path, device, profile))
        return made[-1]

    yield start
    for service in made:
        if not service.task.done():
            await service.stop()
        if service.left_behind is not None:
            await service.left_behind.wait()


async def test_a_confirmed_receipt_is_printed_and_asks_nothing(serve, fake_printers):
    printer = fake_printers("tcp")
    service = serve(printer.name)
    job = await service.sell()
    assert await service.ended(job) == "printed"
    assert paper_of(printer) == [0]
    assert await service.printing.jobs() == []
    body = json.loads(
        service.db.execute("SELECT body FROM journal WHERE kind = 'receipt_printed'").fetchone()[0]
    )
    assert body["state"] == "printed" and body["copy"] == 0


async def test_a_receipt_that_waited_for_paper_prints_as_the_original(serve, fake_printers):
    printer = fake_printers("tcp", paper_out=True)
    service = serve(printer.name)
    job = await service.sell()
    assert await service.ended(job) == "not_printed"
    (open_job,) = await service.printing.jobs()
    assert open_job["state"] == "not_printed" and "Hết giấy" in open_job["detail"]
    assert service.printing.state["state"] == "trouble"
    printer.back()
    answer = await service.printing.answer(job, False, "nv1")
    assert await service.ended(answer["again"]) == "printed"
    assert paper_of(printer) == [0]  # nothing had come out: no copy
    assert await service.printing.jobs() == [] and service.printing.state["state"] == "ok"


@pytest.mark.parametrize("how", ["reset", "hang", "paper"])
async def test_a_receipt_that_broke_off_is_asked_about_and_printed_again_as_a_copy(serve, fake_printers, how):
    printer = fake_printers("tcp")
    service = serve(printer.name)
    first = await service.sell()
    assert await service.ended(first) == "printed"
    printer.stops_at, printer.stops_by = printer.taken + 100, how
    second = await service.sell()
    assert await service.ended(second) == "unknown"
    assert paper_of(printer) == [0]
    (asked,) = await service.printing.jobs()
    assert (asked["job"], asked["state"], asked["number"]) == (second, "unknown", "HT01A-1")
    printer.back()
    whole = paper_of(printer) == [0, 0]  # new paper: the rest came out by itself
    assert whole is (how == "paper")
    answer = await service.printing.answer(second, whole, "nv1")
    if not whole:
        assert await service.ended(answer["again"]) == "printed"
        assert paper_of(printer) == [0, 1]
    assert await service.printing.jobs() == []


async def test_one_answer_is_enough(serve, fake_printers):
    printer = fake_printers("tcp")
    service = serve(printer.name)
    await service.ended(await service.sell())
    printer.stops_at, printer.stops_by = printer.taken + 100, "reset"
    job = await service.sell()
    assert await service.ended(job) == "unknown"
    printer.back()
    answers = await asyncio.gather(
        *[service.printing.answer(job, False, "nv1") for _ in range(5)], return_exceptions=True
    )
    again = [answer["again"] for answer in answers if isinstance(answer, dict)]
    assert len(again) == 1 and all(isinstance(one, dict | print_jobs.AnswerError) for one in answers)
    assert await service.ended(again[0]) == "printed"
    assert paper_of(printer) == [0, 1]
    for wrong in (job, again[0], 999):
        with pytest.raises(print_jobs.AnswerError):
            await service.printing.answer(wrong, True, "nv1")


async def test_a_printer_that_confirms_nothing_is_asked_about_once(serve, fake_printers):
    printer = fake_printers("tcp", answers=False, proof=None)
    service = serve(printer.name)
    job = await service.sell()
    assert await service.ended(job) == "unknown"
    await service.printing.answer(job, True, "nv1")
    assert service.state(job) == "printed"
    later = await service.sell()
    assert await service.ended(later) == "printed"  # its way of ending a job is known to be good
    assert paper_of(printer) == [0, 0]
    printer.stops_at, printer.stops_by = printer.taken + 50, "hang"
    broken = await service.sell()
    assert await service.ended(broken) == "unknown"  # another end than the usual one


async def test_letters_that_a_printer_kept_are_used_by_the_next_service(serve, fake_printers):
    """What it remembers is in outlet.db; that it still does, it has to say before every job."""
    printer = fake_printers("tcp", lists=True)
    sizes = []
    for cycle in (False, False, True):
        if cycle:
            printer.cycle()
        service, before = serve(printer.name, "plain+glyphs+qr+keeps"), len(printer.paper)
        assert await service.ended(await service.sell()) == "printed"
        await service.stop()
        sizes.append(len(printer.paper) - before)
    assert sizes[1] < sizes[0] - 500 and sizes[2] == sizes[0]


async def test_a_printer_that_is_off_keeps_the_receipt_here(serve, fake_printers):
    printer = fake_printers("tcp")
    service = serve(printer.name)
    await service.ended(await service.sell())
    printer.answers = False  # switched off, behind a print server that still takes connections
    job = await service.sell()
    assert await service.ended(job) == "not_printed"
    assert paper_of(printer) == [0]


async def test_another_printer_takes_over_what_waits(serve, fake_printers):
    """The job is the receipt's data, not bytes: it prints on a printer of another kind."""
    old, new = fake_printers("tcp", paper_out=True), fake_printers("serial")
    service = serve(old.name)
    job = await service.sell()
    assert await service.ended(job) == "not_printed"
    await service.stop()
    service = serve(new.name, "plain")
    answer = await service.printing.answer(job, False, "nv1")
    assert await service.ended(answer["again"]) == "printed"
    reading = virtual.read(bytes(new.paper))
    assert reading.problems == [] and reading.cuts == 1
    old.back()
    assert bytes(old.paper) == b""


async def test_a_killed_worker_leaves_a_question(serve, fake_printers):
    printer = fake_printers("tcp", slowly=1)
    service = serve(printer.name)
    await service.ended(await service.sell())
    printer.later = True
    job = await service.sell()
    await service.sent(job, printer)
    os.kill(service.printing._worker.pid, signal.SIGKILL)
    assert await service.ended(job) == "unknown"
    printer.back()
    while paper_of(printer) != [0, 0] and printer.waiting:
        await asyncio.sleep(0.005)
    whole = paper_of(printer) == [0, 0]
    answer = await service.printing.answer(job, whole, "nv1")
    if not whole:
        assert await service.ended(answer["again"]) == "printed"
        assert paper_of(printer) == [0, 1]


@pytest.mark.parametrize("when", ["queued", "printing", "sent"])
async def test_a_killed_service_loses_and_doubles_nothing(serve, fake_printers, when):
    printer = fake_printers("tcp")
    service = serve(printer.name)
    await service.ended(await service.sell())
    printer.later = when == "sent"
    if when == "queued":
        service.task.cancel()
        await asyncio.wait([service.task])
    job = await service.sell()
    if when == "printing":
        await service.begun(job)
    if when == "sent":
        await service.sent(job, printer)
    await service.kill()
    printer.back()
    service = serve(printer.name)
    state = await service.ended(job)
    assert state in ("printed", "unknown") and (when != "queued" or state == "printed")
    if state == "unknown":
        for _ in range(400):  # whoever was left behind ends its job
            if paper_of(printer) == [0, 0]:
                break
            await asyncio.sleep(0.01)
        whole = paper_of(printer) == [0, 0]
        answer = await service.printing.answer(job, whole, "nv1")
        if not whole:
            assert await service.ended(answer["again"]) == "printed"
    assert paper_of(printer) in ([0, 0], [0, 1])


async def test_a_worker_that_never_answers_is_ended(serve, fake_printers, monkeypatch):
    monkeypatch.setattr(printing, "PATIENCE", 3.0)
    printer = fake_printers("tcp")
    service = serve(printer.name)
    await service.ended(await service.sell())
    os.kill(service.printing._worker.pid, signal.SIGSTOP)
    stuck = service.printing._worker.pid
    job = await service.sell()
    assert await service.ended(job) == "unknown"
    with pytest.raises(ProcessLookupError):
        os.kill(stuck, 0)
    answer = await service.printing.answer(job, False, "nv1")
    assert await service.ended(answer["again"]) == "printed"
    assert paper_of(printer) == [0, 1]


async def test_a_full_disk_stops_the_queue_and_not_the_service(serve, fake_printers, monkeypatch):
    monkeypatch.setattr(printing, "RETRY", 0.01)
    printer = fake_printers("tcp")
    service = serve(printer.name)
    await service.ended(await service.sell())
    refuse = [3]
    whole = service.writer._transaction

    def full(change, waiting):
        if refuse[0]:
            refuse[0] -= 1
            raise printing.StorageError("the disk is full")
        return whole(change, waiting)

    monkeypatch.setattr(service.writer, "_transaction", full)
    service.printing.wake()
    while refuse[0]:
        await asyncio.sleep(0.005)
    job = await service.sell()
    assert await service.ended(job) == "printed"
    assert paper_of(printer) == [0, 0]


async def test_copies_are_numbered_by_what_may_have_come_out(serve, fake_printers):
    """A number never stands on two papers, and a receipt that never came out is no copy."""
    printer = fake_printers("tcp")
    service = serve(printer.name)
    await service.ended(await service.sell())

    async def again():
        job = await service.writer.write(
            lambda db: print_jobs.enqueue_again(db, print_jobs.newest_of_sale(db, 1))
        )
        service.printing.wake()
        return await service.ended(job)

    assert await again() == "printed"
    printer.paper_out = True
    assert await again() == "not_printed"
    assert await again() == "not_printed"
    printer.back()
    assert await again() == "printed"
    assert paper_of(printer) == [0, 1, 2]


async def test_the_staff_page_asks_over_http(clerk):
    def job(db, state, copy=0):
        data = dict(RECEIPT, copy=copy)
        db.execute(
            "INSERT INTO print_job (sale, kind, data, state) VALUES (1, 'receipt', ?, ?)",
            (json.dumps(data), state),
        )

    def change(db):
        db.execute(
            "INSERT INTO sale VALUES ('HT01A', 1, 'HT01A-1', 'AAAAAAAAAA', 1, 'nv1', 5, 0, 'k', x'00')"
        )
        job(db, "unknown")

    await clerk.writer.write(change)
    session = clerk.session
    async with session.get("/api/print-jobs") as answer:
        (asked,) = (await answer.json())["jobs"]
        assert asked == {
            "job": 1, "kind": "receipt", "number": "HT01A-1", "copy": 0, "state": "unknown", "detail": ""
        }  # fmt: skip
    for path, body, status in (
        ("/api/print-jobs/1/answer", {"printed": "no"}, 422),
        ("/api/print-jobs/77/answer", {"printed": True}, 404),
        ("/api/print-jobs/x/answer", {"printed": True}, 404),
        ("/api/print-jobs/1/answer", {"printed": False}, 200),
        ("/api/print-jobs/1/answer", {"printed": False}, 409),
    ):
        async with session.post(path, json=body) as answer:
            assert answer.status == status, (path, body, await answer.text())
    async with session.get("/api/print-jobs") as answer:
        (queued,) = (await answer.json())["jobs"]
        assert (queued["state"], queued["copy"]) == ("queued", 1)


async def test_the_queue_is_for_those_who_are_logged_in(shop):
    async with shop.session.get("/api/print-jobs") as answer:
        assert answer.status == 401
    async with shop.session.post("/api/print-jobs/1/answer", json={"printed": True}) as answer:
        assert answer.status == 401


def test_jobs_of_a_printing_service_are_in_one_of_five_states(tmp_path):
    db = database.connect(tmp_path)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO print_job (kind, data, state) VALUES ('receipt', '{}', 'perhaps')")
    db.close()
