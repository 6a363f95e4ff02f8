"""`ocop journal`: export a device's journal as JSON lines, and check such a file."""

import json
from pathlib import Path
from typing import Any, TextIO

from config.exits import FAILED, CommandError
from kiosk.host import database
from kiosk.host.identity import remembered_identity
from kiosk.host.journal import Source
from kiosk.host.settings import read
from sync.envelopes import key_id, seal
from sync.host.device_key import load_or_create, verify
from sync.verification import verify_export

AT_ONCE = 500  # entries read at a time


def export(config: Path, out: TextIO) -> None:
    """Write header, entries and checkpoint, a line each. Raises CommandError before enrolment."""
    _, folder = read(config)
    db = database.connect(folder)
    known = remembered_identity(db)
    if known is None:
        raise CommandError("this device is not enrolled, so it has no journal yet.")
    key = load_or_create(folder / "device.key")
    device, source = known[0].device, Source(db)
    _line(out, {"device": device, "key": key.public.hex(), "from": 1, "prev_hash": bytes(32).hex()})
    seq, digest = 0, bytes(32)
    while batch := source.entries(seq + 1, AT_ONCE):
        for entry in batch:
            text = {"header": entry.header.decode(), "body": entry.body.decode(), "hash": entry.hash.hex()}
            _line(out, text)
        seq, digest = batch[-1].seq, batch[-1].hash
    signed = {"type": "checkpoint", "device": device, "seq": seq, "hash": digest.hex()}
    _line(out, seal(signed, [(key_id(key.public), key.sign)]))
    db.close()


def check(file: Path, key: str | None, checkpoint: Path | None) -> list[dict[str, Any]]:
    """What is wrong with an exported journal. Raises CommandError when a file cannot be read."""
    try:
        public = bytes.fromhex(key) if key else None
        if public is not None and len(public) != 32:
            raise ValueError
    except ValueError as error:
        raise CommandError("--key is the device's public key in hex (64 digits).") from error
    try:
        later = json.loads(checkpoint.read_text(encoding="utf-8")) if checkpoint else None
        with file.open(encoding="utf-8", errors="replace") as lines:
            return verify_export(lines, verify, public, later)
    except OSError as error:
        raise CommandError(f"{error.filename}: cannot be read ({error.strerror}).", FAILED) from error
    except ValueError as error:
        raise CommandError(f"{checkpoint}: is no checkpoint (JSON).", FAILED) from error


def _line(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False) + "\n")
