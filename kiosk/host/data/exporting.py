"""`ocop journal`: export a device's journal as JSON lines, and say what is wrong with such a file."""

import json
from pathlib import Path
from typing import Any, Final, TextIO

from config.exits import FAILED, CommandError
from kiosk.host.data import database
from kiosk.host.data.journal import Source
from kiosk.host.link.identity import remembered_identity
from kiosk.host.settings import read
from sync import damage, journal
from sync.envelopes import key_id, seal
from sync.host.device_key import load_or_create, verify
from sync.verification import verify_export

# What is said of each problem, with the number of the entry.
SENTENCES: Final = {
    "no_journal": "tệp này không phải nhật ký đã xuất bằng `ocop journal export` / "
    "this file is no journal that `ocop journal export` wrote",
    "malformed": "dòng {seq} không phải một mục nhật ký / line {seq} is no entry of a journal",
    "truncated": "tệp bị cắt ngang từ mục {seq}; hãy xuất lại / the file is cut off from entry {seq} on; export it again",
    "other_device": "mục {seq} là của thiết bị khác / entry {seq} is of another device",
    "altered": "mục {seq} đã bị sửa / entry {seq} was altered",
    "damaged": "mục {seq} hỏng trên thẻ nhớ của thiết bị / entry {seq} was damaged on the device's card",
    "gap": "thiếu mục {seq} / entry {seq} is missing",
    "reordered": "mục {seq} không đứng đúng chỗ / entry {seq} does not stand in its place",
    "duplicate": "mục {seq} có hai lần / entry {seq} is there twice",
    "renumbered": "mục {seq} đã bị đánh số lại / entry {seq} was given another number",
    "forked": "nhật ký rẽ nhánh ở mục {seq}: thiết bị đã ghi hai lịch sử / "
    "the journal forks at entry {seq}: the device wrote two histories",
    "removed_head": "các mục đầu, từ mục {seq}, đã bị bỏ / the first entries, from entry {seq} on, were removed",
    "removed_tail": "các mục từ {seq} trở đi đã bị bỏ / the entries from {seq} on were removed",
    "clock_moved": "đồng hồ bị vặn trước mục {seq} / the clock was moved before entry {seq}",
    "bad_checkpoint": "chữ ký chốt tại mục {seq} thiếu hoặc không đúng / "
    "the checkpoint at entry {seq} is missing or not right",
}


def export(config: Path, out: TextIO) -> None:
    """Write header, entries and checkpoint, a line each. Raises CommandError before enrolment."""
    _, folder = read(config)
    db = database.connect(folder)
    known = remembered_identity(db)
    if known is None:
        raise CommandError(
            "this device is not enrolled, so it has no journal yet.",
            vi="thiết bị này chưa ghi danh nên chưa có nhật ký.",
        )
    key = load_or_create(folder / "device.key")
    device, source = known[0].device, Source(db)
    db.execute("BEGIN")  # one moment of a journal that goes on growing
    _line(out, {"device": device, "key": key.public.hex(), "from": 1, "prev_hash": journal.START.hex()})
    seq, digest = 0, journal.START
    for entry in source.all():
        _line(out, damage.wire(entry) if entry.damaged else _whole(entry))
        if entry.hash is not None:
            seq, digest = entry.seq, entry.hash
    _line(out, seal(journal.checkpoint(device, seq, digest), [(key_id(key.public), key.sign)]))
    db.close()


def check(file: Path, key: str | None, checkpoint: Path | None) -> list[dict[str, Any]]:
    """What is wrong with an exported journal. Raises CommandError when a file cannot be read.

    `checkpoint` is a file of one checkpoint, or a whole export, which ends with one.
    """
    try:
        public = bytes.fromhex(key) if key else None
        if public is not None and len(public) != 32:
            raise ValueError
    except ValueError as error:
        raise CommandError(
            "--key is the device's public key in hex (64 digits).",
            vi="--key là khoá công khai của thiết bị, viết hệ mười sáu (64 ký tự).",
        ) from error
    try:
        later = _checkpoint(checkpoint) if checkpoint else None
        with file.open(
            encoding="utf-8-sig", errors="replace"
        ) as lines:  # editors on Windows put a BOM before it
            return verify_export(lines, verify, public, later)
    except OSError as error:
        raise CommandError(
            f"{error.filename}: cannot be read ({error.strerror}).",
            FAILED,
            vi=f"{error.filename}: không đọc được ({error.strerror}).",
        ) from error


def sentence(problem: dict[str, Any]) -> str:
    """A problem in words, Vietnamese first."""
    return SENTENCES[problem["kind"]].format(seq=problem["seq"])


def _checkpoint(file: Path) -> Any:
    lines = file.read_text(encoding="utf-8-sig", errors="replace").strip().splitlines()
    for text in ("\n".join(lines), lines[-1] if lines else ""):
        try:
            value = json.loads(text)
        except ValueError:
            continue
        if isinstance(value, dict) and "signed" in value:
            return value
    raise CommandError(
        f"{file}: holds no checkpoint (JSON).", FAILED, vi=f"{file}: không có điểm kiểm tra (JSON)."
    )


def _whole(entry: damage.Kept) -> dict[str, Any]:
    return {"header": entry.header.decode(), "body": entry.body.decode(), "hash": entry.hash.hex()}


def _line(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False) + "\n")
