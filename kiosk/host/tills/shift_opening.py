"""No sale outside a shift: the first one after a Z report opens the next."""

import sqlite3

from kiosk.host.data.journal import Moment, append
from kiosk.host.data.readings import open_shift


def left_in_drawer(db: sqlite3.Connection, device: str) -> int:
    """What was counted when this till's last shift ended, đồng; 0 before the first."""
    query = "SELECT counted FROM shift_close WHERE device = ? ORDER BY seq DESC LIMIT 1"
    row = db.execute(query, (device,)).fetchone()
    return 0 if row is None else int(row[0])


def begin(db: sqlite3.Connection, device: str, person: str, moment: Moment) -> None:
    """Open a shift inside the caller's transaction if none is open, with what the last one left in the drawer.
    Nobody has counted that; the entry says so."""
    if open_shift(db) is None:
        body = {"v": 2, "staff": person, "cash": left_in_drawer(db, device), "counted": False}
        append(db, device, "shift_opened", body, moment)
