"""The print queue: jobs in outlet.db, one print worker, and three possible ends.

A job is committed as "printing" before a byte goes out, and ends as printed, not_printed or
unknown (a person has to look). Nothing is ever printed again by itself.
"""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from typing import Any

from kiosk.host.children import Child, ChildEndedError
from kiosk.host.journal import Moment, StorageError, Writer, append
from kiosk.host.settings import Printer

NO_PRINTER = "Chưa khai báo máy in; phiếu chờ trong máy. / No printer is configured; the receipt waits."
WORKER_FAILED = "Chương trình in không chạy được. / The print worker cannot be started."
ASK = "Không rõ đã in xong chưa; hãy nhìn giấy. / It is not known whether this printed; look at the paper."

log = logging.getLogger(__name__)


def enqueue(db: sqlite3.Connection, sale: int, data: dict[str, Any]) -> int:
    """Add a receipt to the queue, inside the caller's transaction. Returns the job's id."""
    cursor = db.execute(
        "INSERT INTO print_job (sale, kind, data, state) VALUES (?, 'receipt', ?, 'queued')",
        (sale, json.dumps(data, ensure_ascii=False)),
    )
    return int(cursor.lastrowid or 0)


class Printing:
    """Takes jobs one after the other. `publish(event, data)` tells the staff page of each change."""

    def __init__(
        self,
        writer: Writer,
        printer: Printer,
        now: Callable[[], Moment],
        publish: Callable[[str, dict[str, Any]], None],
    ) -> None:
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
        await self._writer.write(
            lambda db: db.execute(
                "UPDATE print_job SET state = 'unknown', detail = ? WHERE state = 'printing'", (ASK,)
            )
        )
        while True:
            self._wake.clear()
            job = await self._writer.write(self._take)
            if job is None:
                await self._wake.wait()
                continue
            try:
                await self._print(*job)
            except StorageError as error:
                log.error("a print job's end could not be written: %s", error)

    async def stop(self) -> None:
        """End the worker."""
        if self._worker is not None:
            await self._worker.stop()

    def _take(self, db: sqlite3.Connection) -> tuple[int, str, dict[str, Any]] | None:
        if not self._printer.device:
            return None
        row = db.execute(
            "SELECT id, kind, data FROM print_job WHERE state = 'queued' ORDER BY id LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        db.execute("UPDATE print_job SET state = 'printing' WHERE id = ?", (row[0],))
        return row[0], row[1], json.loads(row[2])

    async def _print(self, job: int, kind: str, data: dict[str, Any]) -> None:
        self._tell(job, data["number"], "printing", "", False)
        try:
            answer = await self._ask_worker(job, kind, data)
        except ChildEndedError:
            answer = {"state": "unknown", "detail": ASK}
        state, detail = answer["state"], answer.get("detail") or ""
        picture = next((path for path in answer.get("files", []) if path.endswith(".png")), None)
        moment = self._now()

        def finish(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE print_job SET state = ?, detail = ?, picture = ? WHERE id = ?",
                (state, detail, picture, job),
            )
            body = {
                "v": 1,
                "number": data["number"],
                "hash10": data["hash10"],
                "state": state,
                "copy": data["copy"],
            }
            append(db, self._writer.device, "receipt_printed", body, moment)

        await self._writer.write(finish)
        self.state = {"state": "ok" if state == "printed" else "trouble", "detail": detail}
        self._tell(job, data["number"], state, detail, picture is not None)

    async def _ask_worker(self, job: int, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """The worker's answer. Raises ChildEndedError when it died over this job."""
        printer = self._printer
        request = {
            "job": job,
            "device": printer.device,
            "profile": printer.profile,
            "columns": printer.columns,
        }
        while True:
            await self.warm()
            worker = self._worker
            if worker is None:
                return {"state": "not_printed", "detail": WORKER_FAILED}
            try:
                await worker.send(request | {"kind": kind, "data": data})
                while (answer := await worker.receive()).get("job") != job:
                    pass  # the worker's "ready"
                return answer
            except ChildEndedError as error:
                if error.code != 0:
                    raise
                # It went to rest (status 0: every job that it took was answered) just before ours came.

    def _tell(self, job: int, number: str, state: str, detail: str, picture: bool) -> None:
        url = f"/api/sales/{number}/receipt.png" if picture else None
        self._publish(
            "print", {"job": job, "number": number, "state": state, "detail": detail, "picture": url}
        )
