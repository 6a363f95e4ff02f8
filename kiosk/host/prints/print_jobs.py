"""Print jobs in outlet.db: queued, printing, and then printed, not_printed or unknown. Inside transactions."""

import json
import sqlite3
from typing import Any

from kiosk.host.data.database import fact, set_fact

MOST = 50  # jobs that are listed

ASK = "Không rõ đã in xong chưa; hãy nhìn giấy. / It is not known whether this printed; look at the paper."

_NAMES = {"receipt": "printer", "label": "label_printer"}


class AnswerError(Exception):
    """This job asks nothing (any more); `code` is "no_job" or "not_asked"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def enqueue(db: sqlite3.Connection, kind: str, data: dict[str, Any], sale: int | None = None) -> int:
    """Add a job to the queue: a "receipt" (of the `sale` of this number), a "report" (a shift's, or a list of goods) or a
    "label". `data` says in `number` what to call it. Returns the job's id."""
    cursor = db.execute(
        "INSERT INTO print_job (sale, kind, data, state) VALUES (?, ?, ?, 'queued')",
        (sale, kind, json.dumps({"copy": 0} | data, ensure_ascii=False)),
    )
    return int(cursor.lastrowid or 0)


def enqueue_again(db: sqlite3.Connection, job: int) -> int:
    """Queue a job once more: as the next copy, unless it never came out. Labels are no papers that could be told
    twice: theirs bear no such mark. Returns the new job's id."""
    sale, kind, text, state = db.execute(
        "SELECT sale, kind, data, state FROM print_job WHERE id = ?", (job,)
    ).fetchone()
    data = json.loads(text)
    copy = data["copy"] + (kind != "label" and state != "not_printed")
    return enqueue(db, kind, data | {"copy": copy, "again": job}, sale)


def newest_of_sale(db: sqlite3.Connection, sale: int) -> int:
    """The job that printed, or will print, this sale's receipt last."""
    return int(db.execute("SELECT max(id) FROM print_job WHERE sale = ?", (sale,)).fetchone()[0])


def newest_of_shift(db: sqlite3.Connection, device: str, closed: int) -> int:
    """The job that printed, or will print, the Z report of the shift that entry `closed` of `device` ended last."""
    (job,) = db.execute(
        "SELECT max(id) FROM print_job WHERE kind = 'report' AND json_extract(data, '$.report.number') = ?",
        (f"{device}-{closed}",),
    ).fetchone()
    return int(job)


def take(db: sqlite3.Connection, kind: str) -> tuple[int, dict[str, Any]] | None:
    """The oldest waiting job for this kind of printer as (id, data), now printing; None when nothing waits."""
    row = db.execute(
        "SELECT id, data FROM print_job WHERE state = 'queued' AND kind IN (?, ?) ORDER BY id LIMIT 1",
        _kinds(kind),
    ).fetchone()
    if row is None:
        return None
    db.execute("UPDATE print_job SET state = 'printing' WHERE id = ?", (row[0],))
    return row[0], json.loads(row[1])


def finish(db: sqlite3.Connection, job: int, state: str, detail: str, picture: str | None) -> None:
    """Write down how a job ended."""
    db.execute(
        "UPDATE print_job SET state = ?, detail = ?, picture = ? WHERE id = ?", (state, detail, picture, job)
    )


def recover(db: sqlite3.Connection, kind: str) -> bool:
    """What was printing when the service ended is unknown. Returns whether there was such a job."""
    return db.execute(
        "UPDATE print_job SET state = 'unknown', detail = ? WHERE state = 'printing' AND kind IN (?, ?)",
        (ASK, *_kinds(kind)),
    ).rowcount > 0  # fmt: skip


def open_jobs(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Jobs that wait, print, or want a person: unknown ones, and those that did not print and have no later one."""
    rows = db.execute(
        "SELECT id, kind, data, state, detail FROM print_job AS job WHERE state IN ('queued', 'printing', 'unknown') "
        "OR (state = 'not_printed' AND NOT EXISTS (SELECT 1 FROM print_job WHERE id > job.id "
        "AND (sale = job.sale OR json_extract(data, '$.again') = job.id))) ORDER BY id LIMIT ?",
        (MOST,),
    )
    return [
        {
            "job": job,
            "kind": kind,
            "number": data["number"],
            "copy": data["copy"],
            "state": state,
            "detail": detail,
        }
        for job, kind, text, state, detail in rows
        for data in (json.loads(text),)
    ]


def answer(db: sqlite3.Connection, job: int, printed: bool) -> tuple[dict[str, Any], int | None]:
    """A person looked at the paper. Returns (the job's data, the job that prints it again or None).

    What did not come out whole prints again as the next copy, since a part of it may have; what was never
    sent, as what it was. Raises AnswerError for a job that asks nothing.
    """
    row = db.execute("SELECT data, state FROM print_job WHERE id = ?", (job,)).fetchone()
    if row is None:
        raise AnswerError("no_job")
    data, state = json.loads(row[0]), row[1]
    if all(one["job"] != job for one in open_jobs(db)) or state not in ("unknown", "not_printed"):
        raise AnswerError("not_asked")
    again = None if printed else enqueue_again(db, job)
    db.execute("UPDATE print_job SET state = ? WHERE id = ?", ("printed" if printed else "not_printed", job))
    return data, again


def _kinds(printer: str) -> tuple[str, str]:
    """The jobs that a printer for receipts or labels takes: shift reports go where receipts go."""
    return printer, "report" if printer == "receipt" else printer


def known(db: sqlite3.Connection, kind: str, device: str) -> dict[str, Any]:
    """What is remembered of the printer of this kind: "known" (the worker's own), "trusted" (the proof that a
    person confirmed), "last" (job and proof of what it is asked about). Empty for another printer."""
    text = fact(db, _NAMES[kind])
    found: dict[str, Any] = json.loads(text) if text else {}
    return found if found.get("device") == device else {}


def remember(db: sqlite3.Connection, kind: str, device: str, what: dict[str, Any]) -> None:
    """Remember this of the printer of this kind."""
    set_fact(db, _NAMES[kind], json.dumps(what | {"device": device}))
