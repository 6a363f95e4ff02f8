"""Who this device is to the office, as enrolment left it in outlet.db."""

import json
import sqlite3
from typing import Any

from kiosk.host.data.database import fact, set_fact
from sync import catalogue
from sync.envelopes import SyncError, open_envelope
from sync.host.device_key import verify
from sync.host.office import Identity


def remembered_identity(db: sqlite3.Connection) -> tuple[Identity, dict[str, Any]] | None:
    """Who this device is, with the root envelope it was given; None before enrolment."""
    device, outlet, root = (fact(db, name) for name in ("device", "outlet", "root"))
    if device is None or outlet is None or root is None:
        return None
    envelope = json.loads(root)
    return Identity(device, outlet, envelope["signed"]), envelope


def office_url(db: sqlite3.Connection, configured: str) -> str:
    """Where the office answers: as `outlet.toml` says, else as at enrolment; "" for nowhere."""
    return configured or fact(db, "office_url") or ""


def remember(db: sqlite3.Connection, identity: Identity, root: dict[str, Any], url: str) -> None:
    """Keep the answer of the office at `url`, inside the caller's transaction."""
    set_fact(db, "device", identity.device)
    set_fact(db, "outlet", identity.outlet)
    set_fact(db, "office_url", url)
    set_root(db, root)


def set_root(db: sqlite3.Connection, root: dict[str, Any]) -> None:
    """Keep a newer root envelope, inside the caller's transaction."""
    set_fact(db, "root", json.dumps(root))


def same_office(known: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether the office that signed the envelope `root` is the one whose root (signed part) we know."""
    if root["signed"]["version"] < known["version"]:
        return False
    try:
        keys, threshold = catalogue.role_keys(known, "root")
        open_envelope(root, "root", keys, threshold, verify)
    except SyncError:
        return False
    return True
