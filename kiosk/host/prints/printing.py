"""The print queue: jobs in outlet.db, one print worker, and three possible ends.

A job is committed as "printing" before a byte goes out, and ends as printed, not_printed or
unknown (a person has to look). Nothing is ever printed again by itself.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from kiosk.host.children import Child, ChildEndedError
from kiosk.host.data.journal import Moment, StorageError, Writer, append
from kiosk.host.prints import print_jobs
from kiosk.host.prints.print_jobs import ASK
from kiosk.host.settings import LabelPrinter, Printer

NO_PRINTER = "Chưa khai báo máy in; phiếu chờ trong máy. / No printer is configured; the receipt waits."
WORKER_FAILED = "Chương trình in không chạy được. / The print worker cannot be started."
PATIENCE = 300.0  # seconds for the worker to end a job; it has its own, shorter limits for every step
RETRY = 5.0  # seconds until a full or broken disk is tried again

T = TypeVar("T")

log = logging.getLogger(__name__)


class Printing:
    """One printer: takes its jobs one after the other. `publish(event, data)` tells the staff page of each change.

    `look` is how this shop wants its receipts (`kiosk.host.prints.receipt_settings`)."""

    def __init__(
        self,
        writer: Writer,
        printer: Printer | LabelPrinter,
        now: Callable[[], Moment],
        publish: Callable[[str, dict[str, Any]], None],
        look: Callable[[], Awaitable[dict[str, Any]]],
    ) -> None:
        self._look = look
        self._writer = writer
        self._printer = printer
        self._now = now
        self._publish = publish
        self._worker: Child | None = None
        self._starting = asyncio.Lock()
        self._wake = asyncio.Event()
        self.state = {
            "state": "ok" if printer.device else "missing",
            "detail": "" if printer.device else NO_PRINTER,
        }

    def wake(self) -> None:
        """Look at the queue: a job was committed."""
        self._wake.set()

    async def warm(self) -> None:
        """Start the worker ahead of the sale: its libraries take a while to load."""
        async with self._starting:
            if self._printer.device and (self._worker is None or not self._worker.running):
                try:
                    self._worker = await Child.start("printer.host")
                except OSError as error:
                    log.error("the print worker cannot be started: %s", error)

    async def run(self) -> None:
        """Serve the queue until cancelled."""
        await self._written(self._recover)
        while True:
            self._wake.clear()
            taken = await self._written(self._take)
            if taken is None:
                await self._wake.wait()
                continue
            await self._print(*taken)

    async def stop(self) -> None:
        """End the worker."""
        if self._worker is not None:
            await self._worker.stop()

    async def jobs(self) -> list[dict[str, Any]]:
        """The queue as the staff page shows it. Raises StorageError."""
        return await self._writer.write(print_jobs.open_jobs)

    async def answer(self, job: int, printed: bool, staff: str) -> dict[str, Any]:
        """A person says whether a job came out whole; if not, it prints again, marked as a copy.

        Raises print_jobs.AnswerError for a job that asks nothing, StorageError.
        """
        moment = self._now()

        def change(db: sqlite3.Connection) -> tuple[dict[str, Any], int | None]:
            data, again = print_jobs.answer(db, job, printed)
            memory = print_jobs.known(db, self._printer.prints, self._printer.device)
            last = memory.pop("last", None)
            if last and last[0] == job and printed:
                memory["trusted"] = last[1]  # this printer's way of ending a job is good
            print_jobs.remember(db, self._printer.prints, self._printer.device, memory)
            self._note(db, data, "printed" if printed else "not_printed", moment, {"staff": staff})
            return data, again

        data, again = await self._writer.write(change)
        state = "printed" if printed else "not_printed"
        self._tell(job, data["number"], state, "", False)
        if again is not None:
            self.wake()
        return {"job": job, "state": state, "again": again}

    async def _written(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """The result of a change that has to be written, however long the disk refuses it."""
        while True:
            try:
                return await self._writer.write(change)
            except StorageError as error:
                log.error("the print queue waits for the disk: %s", error)
                await asyncio.sleep(RETRY)

    def _recover(self, db: sqlite3.Connection) -> None:
        if print_jobs.recover(db, self._printer.prints):
            memory = print_jobs.known(db, self._printer.prints, self._printer.device)
            memory["known"] = memory.get("known", {}) | {"unsettled": True}
            print_jobs.remember(db, self._printer.prints, self._printer.device, memory)

    def _take(self, db: sqlite3.Connection) -> tuple[int, dict[str, Any], dict[str, Any]] | None:
        if not self._printer.device:
            return None
        job = print_jobs.take(db, self._printer.prints)
        return (
            None if job is None else (*job, print_jobs.known(db, self._printer.prints, self._printer.device))
        )

    async def _print(self, job: int, data: dict[str, Any], memory: dict[str, Any]) -> None:
        self._tell(job, data["number"], "printing", "", False)
        known = memory.get("known", {})
        try:
            # Not `wait_for`: before Python 3.12 that can swallow a cancellation.
            async with asyncio.timeout(PATIENCE):
                answer = await self._ask_worker(job, data, known)
        except (ChildEndedError, TimeoutError):
            await self._kill()
            answer = {"state": "unknown", "detail": ASK, "known": known | {"unsettled": True}}
        state, detail, proof = answer["state"], answer.get("detail") or "", answer.get("proof")
        memory = memory | {"known": answer.get("known", known)}
        if state == "printed" and proof not in ("printer", memory.get("trusted")):
            # Only the person can tell, until one has: then this printer's usual end of a job will do.
            state = "unknown"
            memory["last"] = [job, proof]
        picture = next((path for path in answer.get("files", []) if path.endswith(".png")), None)
        moment = self._now()

        def finish(db: sqlite3.Connection) -> None:
            print_jobs.finish(db, job, state, detail, picture)
            print_jobs.remember(db, self._printer.prints, self._printer.device, memory)
            self._note(db, data, state, moment, {})

        await self._written(finish)
        self.state = {"state": "ok" if state == "printed" else "trouble", "detail": detail}
        self._tell(job, data["number"], state, detail, picture is not None)

    def _note(
        self, db: sqlite3.Connection, data: dict[str, Any], state: str, moment: Moment, more: dict[str, Any]
    ) -> None:
        if self._printer.prints == "label" or "report" in data:
            return  # its entry was written with the job
        body = {
            "v": 1,
            "number": data["number"],
            "hash10": data["hash10"],
            "state": state,
            "copy": data["copy"],
        }
        append(db, self._writer.device, "receipt_printed", body | more, moment)

    async def _kill(self) -> None:
        """End a worker that does not answer, so that it prints nothing more."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop()

    async def _ask_worker(self, job: int, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """The worker's answer. Raises ChildEndedError when it died over this job."""
        request = self._printer.job() | {"job": job, "kind": self._printer.prints, "known": known}
        if self._printer.prints == "label":
            request |= {"data": data["label"], "size": data["size"], "count": data["count"]}
            request["look"] = {"template": data.get("template", "")}
        elif "report" in data:
            request |= {"kind": "report", "data": data["report"] | {"copy": data["copy"]}}
        else:
            request |= {"data": data, "look": await self._look()}
        while True:
            await self.warm()
            worker = self._worker
            if worker is None:
                return {"state": "not_printed", "detail": WORKER_FAILED}
            try:
                await worker.send(request)
                while (answer := await worker.receive()).get("job") != job:
                    pass  # the worker's "ready"
                return answer
            except ChildEndedError as error:
                if error.code != 0:
                    raise
                # It went to rest (status 0: every job that it took was answered) just before ours came.

    def _tell(self, job: int, number: str, state: str, detail: str, picture: bool) -> None:
        receipt = picture and self._printer.prints == "receipt" and " " not in number
        url = f"/api/sales/{number}/receipt.png" if receipt else None
        self._publish(
            "print", {"job": job, "number": number, "state": state, "detail": detail, "picture": url}
        )
