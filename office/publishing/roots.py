"""The root document: which keys count, and the next root whenever that changes (design, 6.1 and 6.4).

Root n + 1 is signed by the thresholds of n and of n + 1, with keys that may be kept offline. A stamp key
stands in root for 30 days before its first use, so that every outlet knows it when it meets the first
stamp; it retires once no stamp under it is alive. Retired keys stay, so that no K is given twice.

Every function works in the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, union_all

from config.exits import CommandError
from office import schema
from office.audit import note
from office.outlets import devices
from office.publishing import keys
from office.publishing.keys import Signer
from office.registry import RegistryError
from office.storage import counters
from office.times import LOCAL
from scanner.stamps import ALPHABET
from sync import catalogue
from sync.canonical import encode
from sync.envelopes import key_id

ANNOUNCED_MS = 30 * 86_400_000
VALID_MS = 5 * 365 * 86_400_000


class StampKey(NamedTuple):
    """A key that signs stamps: its name in them, its public half, and from when (ms UTC) it may sign."""

    k: str
    public: bytes
    first_use: int
    retired: bool


def first(roots: Sequence[Signer], current: bytes, ack: bytes, stamp: bytes, host: str, now: int) -> bytes:
    """Root 1 in canonical form, signed by all of `roots`, every one of which must sign the next.

    `current`, `ack` and `stamp` are public keys. The first stamp key may be used at once: there is no
    outlet yet that could miss it.
    """
    names = [signer.id for signer in roots]
    public = [*(signer.public for signer in roots), current, ack]
    signed = {
        "type": "root",
        "version": 1,
        "expires": now + VALID_MS,
        "keys": {key_id(key): key.hex() for key in public},
        "roles": {
            "root": {"keys": names, "threshold": len(names)},
            "current": {"keys": [key_id(current)], "threshold": 1},
            "ack": {"keys": [key_id(ack)], "threshold": 1},
        },
        "stamp_keys": [_row(StampKey(ALPHABET[0], stamp, 0, False))],
        "hosts": [host],
    }
    return encode(keys.seal(signed, *roots))


def newest(connection: Connection) -> dict[str, Any]:
    """The signed part of the newest root. Raises CommandError when `ocop office init` did not end."""
    envelope = devices.root_envelope(connection)
    if envelope is None:
        raise CommandError(
            "the office's database has no root document yet; run `ocop office init`.",
            vi="cơ sở dữ liệu của văn phòng chưa có tài liệu gốc; hãy chạy `ocop office init`.",
        )
    signed: dict[str, Any] = envelope["signed"]
    return signed


def stamp_keys(connection: Connection) -> list[StampKey]:
    """All stamp keys there ever were, in the order in which they were made."""
    return [
        StampKey(row["k"], bytes.fromhex(row["public"]), row["from"], row["retired"])
        for row in newest(connection)["stamp_keys"]
    ]


def in_use(connection: Connection, at: int) -> StampKey:
    """The newest key that may sign stamps at `at` (ms UTC). Raises RegistryError."""
    usable = [key for key in stamp_keys(connection) if not key.retired and key.first_use <= at]
    if not usable:
        raise RegistryError(
            "no stamp key may sign now; `ocop office key list` says from when one may.",
            "Chưa có khoá ký tem nào được dùng; `ocop office key list` cho biết từ khi nào.",
        )
    return usable[-1]


def usable(connection: Connection, k: str, at: int) -> StampKey:
    """The key named `k`, if it may sign stamps at `at` (ms UTC). Raises RegistryError, saying from when."""
    key = _find(connection, k)
    if key.retired:
        raise RegistryError(
            f"stamp key {k} is retired: nothing can be signed with it any more.",
            f"Khoá ký tem {k} đã ngừng dùng: không ký được gì bằng khoá này nữa.",
        )
    if key.first_use > at:
        since = local_minute(key.first_use)
        raise RegistryError(
            f"stamp key {k} may sign from {since} on: outlets must know a key for "
            "30 days before they meet its stamps; issue with another key until then.",
            f"Khoá ký tem {k} chỉ được ký từ {since}: điểm bán phải biết khoá trước khi gặp tem của nó 30 ngày; "
            "đến lúc đó hãy phát hành bằng khoá khác.",
        )
    return key


def announce(connection: Connection, folder: Path, signers: Sequence[Signer], by: str, at: int) -> StampKey:
    """Make a new stamp key in `folder` and the root that names it; it may sign 30 days after `at`.

    Raises RegistryError when all 32 names were given, CommandError when the key cannot be written.
    """
    counters.raise_by(connection, counters.REGISTRY)
    known = stamp_keys(connection)
    taken = {key.k for key in known}
    k = next((letter for letter in ALPHABET if letter not in taken), None)
    if k is None:
        raise RegistryError(
            f"all {len(ALPHABET)} names of stamp keys were given, and none is given twice.",
            f"Cả {len(ALPHABET)} tên khoá ký tem đều đã dùng, và không tên nào dùng lại.",
        )
    role = keys.stamp_role(k)
    keys.create(folder, role)
    key = StampKey(k, keys.load(folder, role).public, at + ANNOUNCED_MS, False)
    version = _follow(connection, _stamp_keys([*known, key]), signers, at)
    detail = {"root": version, "key": key_id(key.public), "from": key.first_use}
    note(connection, at, by, "key-new", k, detail)
    return key


def retire(connection: Connection, k: str, signers: Sequence[Signer], by: str, at: int) -> StampKey:
    """Retire a key under which no stamp is alive: every one of them then reads as deleted or void.

    Raises RegistryError: unknown, retired already, stamps alive, or no other key to sign with.
    """
    counters.raise_by(connection, counters.REGISTRY)
    key = _find(connection, k)
    if key.retired:
        raise RegistryError(f"stamp key {k} is retired already.", f"Khoá ký tem {k} đã ngừng dùng rồi.")
    known = stamp_keys(connection)
    if all(other.retired for other in known if other.k != k):
        raise RegistryError(
            f"stamp key {k} is the only one; make another first (`ocop office key new`).",
            f"Chỉ còn khoá ký tem {k}; hãy tạo khoá khác trước (`ocop office key new`).",
        )
    left = alive(connection, k)
    if left:
        gtin, start, end = left[0]
        count = sum(last - first + 1 for _, first, last in left)
        raise RegistryError(
            f"{count} stamps under key {k} are neither void nor deleted, such as serials {start} to {end} of "
            f"{gtin}; the key retires after its last stamp.",
            f"{count} tem ký bằng khoá {k} chưa huỷ cũng chưa xoá, như tem {start} đến {end} của {gtin}; khoá chỉ "
            "ngừng sau con tem cuối cùng.",
        )
    retired = key._replace(retired=True)
    after = _stamp_keys([retired if other.k == k else other for other in known])
    version = _follow(connection, after, signers, at)
    note(connection, at, by, "key-retire", k, {"root": version, "key": key_id(key.public)})
    return retired


def renew(
    connection: Connection, folder: Path, role: str, signers: Sequence[Signer], by: str, at: int
) -> int:
    """Make new keys in `folder` for `role` ("current", "ack", "root"), and the root that names them instead
    of the old ones. Its number. Whoever runs takes them within seconds; devices with their next contact.

    Raises CommandError when the keys cannot be written.
    """
    counters.raise_by(connection, counters.REGISTRY)
    before = newest(connection)
    old = before["roles"][role]["keys"]
    if role == "root":  # the old ones are elsewhere: no new one may bear the name of one of them
        names = [f"root-{before['version'] + 1}{letter}" for letter in "abcdefgh"[: len(old)]]
        for name in names:
            keys.create(folder, name)
        made = [keys.load(folder, name) for name in names]
    else:
        made = [keys.create_next(folder, role) for _ in old]
    named = {key: public for key, public in before["keys"].items() if key not in old}
    changes = {
        "keys": named | {signer.id: signer.public.hex() for signer in made},
        "roles": before["roles"] | {role: before["roles"][role] | {"keys": [signer.id for signer in made]}},
    }
    version = _follow(connection, changes, [*signers, *(made if role == "root" else [])], at)
    note(connection, at, by, "key-renew", role, {"root": version, "keys": [signer.id for signer in made]})
    return version


def alive(connection: Connection, k: str) -> list[tuple[str, int, int]]:
    """(GTIN, first, last) of the serials issued under key `k` that are neither void nor deleted."""
    batches, voids, tombstones = schema.batches, schema.voids, schema.tombstones
    ended: dict[str, list[tuple[int, int]]] = {}
    both = union_all(
        *(select(table.c.gtin, table.c.first, table.c.last) for table in (voids, tombstones))
    ).subquery()
    of_key = select(batches.c.gtin).where(batches.c.k == k)
    for gtin, start, end in connection.execute(
        select(both).where(both.c.gtin.in_(of_key)).order_by(both.c.gtin, both.c.first)
    ):
        ended.setdefault(gtin, []).append((start, end))
    issued = select(batches.c.gtin, batches.c.first, batches.c.last).where(batches.c.k == k)
    return [
        (gtin, start, end)
        for gtin, batch_first, batch_last in connection.execute(issued.order_by(batches.c.id))
        for start, end in _without(batch_first, batch_last, ended.get(gtin, ()))
    ]


def signers(connection: Connection, folders: Sequence[Path]) -> list[Signer]:
    """The root keys found in `folders`, as many as must sign the next root.

    Raises CommandError when there are too few, or one cannot be read.
    """
    wanted, threshold = catalogue.role_keys(newest(connection), "root")
    found = {}
    for folder in folders:
        for path in sorted(folder.glob(keys.ROOT_FILES)):
            signer = keys.load(folder, path.stem)
            if signer.id in wanted:
                found[signer.id] = signer
    if len(found) < threshold:
        places = ", ".join(map(str, folders))
        raise CommandError(
            f"{len(found)} of the {threshold} root keys that must sign are in {places}; bring the others and "
            "name their folders with --root-keys.",
            vi=f"Mới có {len(found)} trong {threshold} khoá gốc phải ký, ở {places}; mang các khoá còn lại đến và nêu thư mục bằng --root-keys.",
        )
    return list(found.values())


def local_minute(at: int) -> str:
    """`at` (ms UTC) as date and time in Vietnam, to the minute."""
    return f"{datetime.fromtimestamp(at / 1000, UTC).astimezone(LOCAL):%Y-%m-%d %H:%M}"


def _find(connection: Connection, k: str) -> StampKey:
    key = next((key for key in stamp_keys(connection) if key.k == k), None)
    if key is None:
        raise RegistryError(
            f"there is no stamp key {k!r}; `ocop office key list` names them.",
            f"Không có khoá ký tem {k!r}; xem tên bằng `ocop office key list`.",
        )
    return key


def _follow(connection: Connection, changes: dict[str, Any], signers: Sequence[Signer], at: int) -> int:
    """Store the root after the newest, with these `changes` to it. Returns its number."""
    before = newest(connection)
    version: int = before["version"] + 1
    signed = before | changes | {"version": version, "expires": at + VALID_MS}
    envelope = keys.seal(signed, *signers)
    # What a device will check: a root that it refuses would cut it off for good.
    catalogue.check_root(envelope, keys.verify, before)
    connection.execute(insert(schema.roots).values(version=version, envelope=encode(envelope)))
    return version


def _stamp_keys(known: Iterable[StampKey]) -> dict[str, Any]:
    return {"stamp_keys": [_row(key) for key in known]}


def _row(key: StampKey) -> dict[str, Any]:
    return {"k": key.k, "public": key.public.hex(), "from": key.first_use, "retired": key.retired}


def _without(start: int, end: int, ended: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of the serials `start` to `end` without ranges that are ordered by their first."""
    left = []
    for first, last in ended:
        if first > end:
            break
        if first > start:
            left.append((start, first - 1))
        start = max(start, last + 1)
    if start <= end:
        left.append((start, end))
    return left
