"""Who this device is to the office, as enrolment left it in outlet.db."""

import json
import sqlite3
from typing import Any

from kiosk.host.database import fact, set_fact
from sync.host.office import Identity


def remembered_identity(db: sqlite3.Connection) -> tuple[Identity, dict[str, Any]] | None:
    """Who this device is, with the root envelope it was given; None before enrolment."""
    device, outlet, root = (fact(db, name) for name in ("device", "outlet", "root"))
    if device is None or outlet is None or root is None:
        return None
    envelope = json.loads(root)
    return Identity(device, outlet, envelope["signed"]), envelope


def remember(db: sqlite3.Connection, identity: Identity, root: dict[str, Any]) -> None:
    """Keep the answer of the office."""
    db.execute("BEGIN IMMEDIATE")
    set_fact(db, "device", identity.device)
    set_fact(db, "outlet", identity.outlet)
    set_fact(db, "root", json.dumps(root))
    db.execute("COMMIT")
