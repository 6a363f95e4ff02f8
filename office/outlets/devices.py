"""Devices of outlets: enrolment by a one-use code, their keys, when they were last heard."""

import hashlib
import hmac
import os
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    update,
)

from office.audit import alert, note
from office.books import rollups, sold_counts
from office.outlets import journals
from office.registry import RegistryError
from office.schema import (
    audit,
    damaged_lines,
    decided_branches,
    devices,
    enrolment_codes,
    outlets,
    renewals,
    roots,
    sales,
    undone_lines,
)
from office.storage import counters
from sync import enrolment
from sync.canonical import decode

CODE_LIVES_MS = 600_000
MOST_FORGOTTEN = (
    4  # devices of an outlet that others may name before an officer decides: nor can a till that lies
)
MOST_WAITING = 2  # devices that follow one and wait for an officer: a stolen key cannot use up the letters
_SEEN_STEP_MS = 60_000  # how exact `seen_at` is
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Device(NamedTuple):
    """A device that signs its requests; `state` is active, forked or revoked.

    `pending`: it follows another one, and no officer has agreed to that yet. `forgotten`: the office knows of it
    only what another till brought, and not its key.
    """

    id: str
    outlet: str
    public: bytes
    state: str
    seen_at: int
    head_seq: int
    head_hash: bytes | None
    pending: bool
    forgotten: bool


class NotEnrolledError(Exception):
    """Whoever knows an open code may not use it. `reason` is "revoked" or "other_outlet", the message says it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnheardError(RegistryError):
    """Tills of an outlet have not been in touch since this office was restored from a backup."""


class Enrolled(NamedTuple):
    """A device that proved to know a code, and the code, to answer it with."""

    device: str
    outlet: str
    code: bytes


def new_code(connection: Connection, outlet: str, by: str, now: int, anyway: bool = False) -> bytes:
    """A code by which one device of `outlet` can enrol within ten minutes (16 random bytes).

    Raises RegistryError for an unknown outlet, and, unless `anyway`, UnheardError while tills of it have not been in touch since
    this office was restored: they may hold the entries, and the name, of one that it has forgotten.
    """
    if connection.execute(select(outlets.c.code).where(outlets.c.code == outlet)).first() is None:
        raise RegistryError(
            f"there is no outlet {outlet}; add it first.", f"Không có điểm bán {outlet}; hãy thêm trước."
        )
    unheard = [] if anyway else _unheard(connection, outlet)
    if unheard:
        names, how = ", ".join(unheard), f"`ocop office enrol-code {outlet} --anyway`"
        raise UnheardError(
            f"the office was restored from a backup, and {names} has not been in touch since: switch it on first, so that no "
            f"lost till's name is given again; or revoke it, or {how}.",
            f"Văn phòng đã được khôi phục từ bản sao lưu, và {names} chưa liên lạc lại: hãy bật máy trước, để mã của máy đã mất "
            f"không bị cấp lại; nếu không được thì thu hồi máy đó, hoặc dùng {how}.",
        )
    # What has expired is of no more use to anybody but the audit.
    connection.execute(update(enrolment_codes).where(enrolment_codes.c.expires_at < now).values(code=None))
    code = os.urandom(enrolment.CODE_BYTES)
    connection.execute(
        insert(enrolment_codes).values(
            hash=hashlib.sha256(code).digest(),
            code=code,
            outlet=outlet,
            created_at=now,
            expires_at=now + CODE_LIVES_MS,
        )
    )
    note(connection, now, by, "enrol-code", outlet)
    return code


def _unheard(connection: Connection, outlet: str) -> list[str]:
    """The tills in service of an outlet that were heard before this office was restored, and not since."""
    restored = select(func.max(audit.c.at)).where(audit.c.action == "restore").scalar_subquery()
    mine = devices.c.outlet == outlet, in_service(), devices.c.seen_at < restored
    return list(connection.execute(select(devices.c.id).where(*mine).order_by(devices.c.id)).scalars())


def enrol(connection: Connection, public: bytes, mac: bytes, now: int, was: str = "") -> Enrolled | None:
    """Make the holder of `public` a device if `mac` proves that it knows an open code, else None.

    Asking again with the same key and code, because the answer was lost, gives the same device; so
    does another code of the same outlet for a key that is known. A revoked key stays out. `was` is the
    name under which the device was enrolled before this office forgot it (a backup of before that day). Raises
    NotEnrolledError for a key that is revoked or another outlet's.
    """
    message = enrolment.request_message(public, was)
    # Locked, so that two devices cannot use one code.
    open_codes = select(enrolment_codes).where(
        enrolment_codes.c.expires_at >= now, enrolment_codes.c.code.is_not(None)
    )
    for row in connection.execute(open_codes.with_for_update()).all():
        if hmac.compare_digest(hmac.digest(row.code, message, "sha256"), mac):
            break
    else:
        return None
    known = connection.execute(select(devices).where(devices.c.public == public.hex())).one_or_none()
    if known is not None and known.state == "revoked":
        raise NotEnrolledError("revoked", f"device {known.id} is revoked")
    if known is not None and known.outlet != row.outlet:
        raise NotEnrolledError(
            "other_outlet", f"device {known.id} belongs to {known.outlet}, not {row.outlet}"
        )
    if row.device is not None and (known is None or known.id != row.device):
        return None  # the code was used by another key
    name = known.id if known is not None else _add(connection, row.outlet, public, now, was)
    connection.execute(update(enrolment_codes).where(enrolment_codes.c.hash == row.hash).values(device=name))
    return Enrolled(name, row.outlet, row.code)


def renew(connection: Connection, old: Device, public: bytes, now: int) -> str:
    """Make the holder of `public` a new device that follows `old`, whose card was restored from a copy.

    It waits for an officer (`agree`). Asking again with the same key gives the same device. Raises
    RegistryError for a key that is another device's, and when `old` has asked too often.
    """
    # Locked, so that one card that asks twice at once is one device.
    connection.execute(select(devices.c.id).where(devices.c.id == old.id).with_for_update())
    followers = connection.execute(
        select(devices.c.id, devices.c.public, renewals.c.agreed_at)
        .join(renewals, renewals.c.device == devices.c.id)
        .where(renewals.c.replaces == old.id)
    ).all()
    for row in followers:
        if row.public == public.hex():
            return str(row.id)
    if connection.execute(select(devices.c.id).where(devices.c.public == public.hex())).first() is not None:
        raise RegistryError("this key is another device's.", "Khoá này là của thiết bị khác.")
    if len([row for row in followers if row.agreed_at is None]) >= MOST_WAITING:
        raise RegistryError(
            f"{MOST_WAITING} devices that follow {old.id} wait for an officer already (`ocop office agree`).",
            f"Đã có {MOST_WAITING} thiết bị nối tiếp {old.id} chờ cán bộ đồng ý (`ocop office agree`).",
        )
    name = _add(connection, old.outlet, public, now)
    connection.execute(insert(renewals).values(device=name, replaces=old.id, asked_at=now))
    alert(connection, now, "restored_card", old.outlet, name, 0, {"replaces": old.id})
    return name


def agree(connection: Connection, device: str, by: str, now: int) -> None:
    """An officer agrees that `device` follows the one it names: it may have its outlet's entries, and what
    it sold meanwhile counts. Raises RegistryError unless it waits for that.
    """
    # Locked, as while its entries are stored: none comes between what is held and what is let go.
    connection.execute(select(devices.c.id).where(devices.c.id == device).with_for_update())
    waiting = (renewals.c.device == device) & renewals.c.agreed_at.is_(None)
    old = connection.execute(select(renewals.c.replaces).where(waiting)).scalar_one_or_none()
    if old is None:
        raise RegistryError(
            f"there is no device {device} that waits for an officer.",
            f"Không có thiết bị {device} nào đang chờ cán bộ đồng ý.",
        )
    found = find(connection, device)
    assert found is not None
    if found.state == "revoked":
        raise RegistryError(f"device {device} is revoked.", f"Thiết bị {device} đã bị thu hồi.")
    connection.execute(update(renewals).where(renewals.c.device == device).values(agreed_at=now))
    if found.state == "active":
        brought = journals.brought(connection, device)

        def waiting_rows(table: Any) -> ColumnElement[bool]:
            return and_(table.c.held, table.c.device == device, not_(journals.in_branches(table, brought)))

        sold_counts.lock(connection, device)
        rollups.turn(connection, waiting_rows(sales), waiting_rows(undone_lines), 1)
        for table in (sales, undone_lines, damaged_lines):
            connection.execute(update(table).where(waiting_rows(table)).values(held=False))
        sold_counts.recount(connection, device)
        counters.raise_by(connection, counters.SOLD)
    note(connection, now, by, "agree", device, {"replaces": old})


def find(connection: Connection, device: str) -> Device | None:
    """The device of this name."""
    row = connection.execute(
        select(devices, _waiting(devices.c.id).label("waits")).where(devices.c.id == device)
    ).one_or_none()
    if row is None:
        return None
    public = bytes.fromhex(row.public)
    return Device(
        row.id,
        row.outlet,
        public,
        row.state,
        row.seen_at or 0,
        row.head_seq,
        row.head_hash,
        row.waits,
        row.forgotten,
    )


def waits(connection: Connection, device: str) -> bool:
    """Whether the device follows another one, and no officer has agreed to that yet."""
    return bool(connection.execute(select(_waiting(literal(device)))).scalar_one())


def _waiting(device: ColumnElement[str]) -> Exists:
    return exists().where(renewals.c.device == device, renewals.c.agreed_at.is_(None))


def in_service() -> ColumnElement[bool]:
    """Whether a row of `devices` is a till that should keep up: not revoked, and followed by no other device."""
    followed = select(renewals.c.replaces).where(renewals.c.agreed_at.is_not(None))
    return and_(devices.c.state != "revoked", devices.c.id.not_in(followed))


def stale(device: Device, now: int) -> bool:
    """Whether it is time to note again that the device was heard: not at each request."""
    return abs(now - device.seen_at) >= _SEEN_STEP_MS


def restored(connection: Connection, now: int) -> None:
    """Note that this office was restored from a backup: every device's next contact is noted, however young that is."""
    older = now - _SEEN_STEP_MS
    connection.execute(update(devices).where(devices.c.seen_at > older).values(seen_at=older))


def seen(connection: Connection, heard: Collection[str], now: int) -> None:
    """Note that these devices were heard; one whose push is being stored, which would have to be waited for, another time."""
    free = select(devices.c.id).where(devices.c.id.in_(heard)).with_for_update(skip_locked=True)
    connection.execute(update(devices).where(devices.c.id.in_(free)).values(seen_at=now))


def revoke(connection: Connection, device: str, by: str, now: int) -> None:
    """Shut a device out: its sales from now on wait, and it gets no catalogue. Raises RegistryError."""
    same = (devices.c.id == device) & (devices.c.state != "revoked")
    if connection.execute(update(devices).where(same).values(state="revoked", revoked_at=now)).rowcount == 0:
        raise RegistryError(
            f"there is no device {device} that is not revoked already.",
            f"Không có thiết bị {device}, hoặc nó đã bị thu hồi rồi.",
        )
    note(connection, now, by, "revoke", device)


def root_envelope(connection: Connection, version: int | None = None) -> dict[str, Any] | None:
    """The envelope of root `version`, or of the newest root."""
    query = select(roots.c.envelope).order_by(roots.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(roots.c.version == version)
    data = connection.execute(query).scalar_one_or_none()
    return None if data is None else decode(data)


def forget(connection: Connection, device: str, outlet: str, by: str, now: int) -> None:
    """Take the name of a device whose enrolment this office has lost (a backup of before that day): only itself can
    have it again. Raises RegistryError where several such wait for an officer already."""
    # Locked, so that two tills that bring the same add it once.
    connection.execute(select(outlets.c.code).where(outlets.c.code == outlet).with_for_update())
    if find(connection, device) is not None:
        return
    waiting = (
        (devices.c.outlet == outlet)
        & devices.c.forgotten
        & devices.c.id.not_in(select(decided_branches.c.device))
    )
    if connection.execute(select(func.count()).where(waiting)).scalar_one() >= MOST_FORGOTTEN:
        raise RegistryError(
            f"{MOST_FORGOTTEN} forgotten devices of {outlet} wait for an officer already (`ocop office branches`).",
            f"Đã có {MOST_FORGOTTEN} thiết bị của {outlet} mà văn phòng không còn nhớ, chờ cán bộ xét "
            "(`ocop office branches`).",
        )
    public = hashlib.sha256(b"OCOP-FORGOTTEN-1" + device.encode()).hexdigest()  # nobody's
    connection.execute(
        insert(devices).values(
            id=device, outlet=outlet, public=public, state="revoked", forgotten=True, enrolled_at=now
        )
    )
    note(connection, now, by, "forgotten", device)


def is_name(device: str, outlet: str) -> bool:
    """Whether a device of that outlet may be called so."""
    return device[:-1] == outlet and device[-1:] in set(_LETTERS)


def _add(connection: Connection, outlet: str, public: bytes, now: int, was: str = "") -> str:
    """A new device under the outlet's next letter, or under the name that it had, if nobody else has that."""
    if was[:-1] == outlet:
        lost = (devices.c.id == was) & devices.c.forgotten & (devices.c.state == "revoked")
        values = {"public": public.hex(), "state": "active", "forgotten": False, "enrolled_at": now}
        if connection.execute(update(devices).where(lost).values(values)).rowcount:
            counters.raise_by(connection, counters.SOLD)
            note(connection, now, was, "enrol", outlet)
            return was
    taken = set(connection.execute(select(devices.c.id).where(devices.c.outlet == outlet)).scalars())
    letters = was[len(outlet) :] + _LETTERS if was[:-1] == outlet and was[-1] in _LETTERS else _LETTERS
    letter = next((letter for letter in letters if outlet + letter not in taken), None)
    if letter is None:
        raise RegistryError(
            f"outlet {outlet} has had {len(_LETTERS)} devices; it can have no more.",
            f"Điểm bán {outlet} đã có {len(_LETTERS)} thiết bị; không thêm được nữa.",
        )
    connection.execute(
        insert(devices).values(
            id=outlet + letter, outlet=outlet, public=public.hex(), state="active", enrolled_at=now
        )
    )
    counters.raise_by(connection, counters.SOLD)  # the catalogue names it to the outlet's others
    note(connection, now, outlet + letter, "enrol", outlet)
    return outlet + letter
