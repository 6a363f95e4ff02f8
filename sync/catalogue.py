"""The catalogue's rules: who may sign what, and which documents a device accepts (design, 6.4).

The Update Framework (theupdateframework.io, specification 1.0) cut to three documents: `root` says
which keys count, `current` names the segments of one outlet's newest catalogue, segments are data
named by their SHA-256. Everything is verified before anything is used. What stands in the files of a
segment is said in `catalogue_files`.
"""

import hashlib
from binascii import hexlify, unhexlify

from .envelopes import SyncError, key_id, open_envelope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .envelopes import Verify

# Segments of rows, with the fields that name a row.
KEYS = {
    "producers": ("id",),
    "products": ("id",),
    "trade_items": ("gtin",),
    "batches": ("gtin", "first"),
    "activations": ("gtin", "first"),
    "lots": ("id",),
    "recalls": ("lot",),
    "withdrawals": ("product",),
    "voids": ("gtin", "first"),
    "tombstones": ("gtin", "first"),
    "contracts": ("producer", "from"),
    "settings": ("name",),
    "patterns": ("id",),
}
SOLD_SETS = ("sold_all", "sold_outlet", "sold_twice")
SEGMENTS = tuple(sorted(KEYS)) + SOLD_SETS

# Nobody can fill a device's card or keep it busy for ever (endless data).
LARGEST_CATALOGUE = 128 * 1024 * 1024  # bytes of all files, as they travel
LARGEST_FILE = 256 * 1024 * 1024  # bytes of one, unpacked: read as a stream, never kept
MOST_DELTAS = 64  # of one segment
MOST_PAST = 256
PAST_LETTERS = 8
LARGEST_PHOTO = 16 * 1024  # bytes of a product's picture, which is fetched apart: `photo` is its SHA-256


def sha256_hex(data: bytes) -> str:
    """SHA-256 of `data` in hex."""
    return hexlify(hashlib.sha256(data).digest()).decode()


def role_keys(root: "dict[str, Any]", role: str) -> "tuple[dict[str, bytes], int]":
    """The public keys by id, and the threshold, that `root` gives to "root", "current" or "ack".

    Raises SyncError("malformed"), also for an id that is not its key's own: a key under two ids
    could meet a threshold of two alone.
    """
    try:
        keys = {key: unhexlify(root["keys"][key]) for key in root["roles"][role]["keys"]}
        threshold = root["roles"][role]["threshold"]
    except (KeyError, TypeError, ValueError) as error:
        raise SyncError("malformed", "root does not say who signs as %s: %s" % (role, error))
    for key in keys:
        if key_id(keys[key]) != key:
            raise SyncError("malformed", "root calls a key %s that has another id" % key)
    if not _is_int(threshold) or not 1 <= threshold <= len(keys):
        raise SyncError("malformed", "root's threshold for %s cannot be met" % role)
    return keys, threshold


def check_root(
    envelope: "Any", verify: "Verify", previous: "dict[str, Any] | None" = None
) -> "dict[str, Any]":
    """A root document that its own keys have signed and, after `previous`, those of `previous` too.

    The first root has no previous: the device knows its SHA-256 from the enrolment code. Raises
    SyncError: "malformed", "signature", or "version" when it is not the one after `previous`.
    """
    try:
        claimed = envelope["signed"]
        keys, threshold = role_keys(claimed, "root")
    except (KeyError, TypeError) as error:
        raise SyncError("malformed", "not a root document: %s" % error)
    root = open_envelope(envelope, "root", keys, threshold, verify)
    _check_root_fields(root)
    if previous is not None:
        if root["version"] != previous["version"] + 1:
            raise SyncError(
                "version", "root %s does not follow root %s" % (root["version"], previous["version"])
            )
        old_keys, old_threshold = role_keys(previous, "root")
        open_envelope(envelope, "root", old_keys, old_threshold, verify)
    return root


def check_current(
    envelope: "Any", root: "dict[str, Any]", outlet: str, stored_version: int, verify: "Verify"
) -> "dict[str, Any]":
    """A `current` document that this outlet may install over version `stored_version` (0: none).

    Raises SyncError: "malformed", "signature", "outlet" (another outlet's), "rollback" (older than
    what is installed), "mix" (names segments that do not belong together).
    """
    keys, threshold = role_keys(root, "current")
    current = open_envelope(envelope, "current", keys, threshold, verify)
    try:
        version, addressee = current["version"], current["outlet"]
        names = sorted([segment["name"] for segment in current["segments"]])
        whole = _is_int(version) and _is_int(current["issued"]) and _is_int(current["expires"])
        room = LARGEST_CATALOGUE
        for segment in current["segments"]:
            past = segment.get("past", [])
            whole = whole and len(segment["deltas"]) <= MOST_DELTAS and len(past) <= MOST_PAST
            for name in past:
                whole = whole and _is_hex(name, PAST_LETTERS)
            for file in files(segment):
                whole = whole and _is_hex(file["sha256"], 64)
                whole = whole and _is_int(file["size"]) and 0 <= file["size"] <= room
                whole = whole and _is_int(file["length"]) and 0 <= file["length"] <= LARGEST_FILE
                room -= file["size"]
    except (KeyError, TypeError) as error:
        raise SyncError("malformed", "not a current document: %s" % error)
    if not whole:
        raise SyncError("malformed", "a current document with fields of wrong type or size")
    if addressee != outlet:
        raise SyncError("outlet", "this catalogue is for outlet %s, not %s" % (addressee, outlet))
    if version < stored_version:
        raise SyncError("rollback", "catalogue %d is older than the installed %d" % (version, stored_version))
    if names != sorted(SEGMENTS):
        raise SyncError("mix", "the catalogue's list of segments is not the one this device knows")
    return current


def version_floor(installed: "dict[str, Any] | None", root: "dict[str, Any]") -> int:
    """The version that a new `current` must not be older than; 0 for none.

    `installed` is the envelope of the installed `current`. Its version counts only while enough of
    the keys that signed it are still `current` keys of `root`: whoever stole a key and signed a
    version far ahead (fast-forward) is forgotten with the key.
    """
    if installed is None:
        return 0
    keys, threshold = role_keys(root, "current")
    signers = {signature["key"] for signature in installed["signatures"]}
    trusted = [key for key in keys if key in signers]
    return installed["signed"]["version"] if len(trusted) >= threshold else 0


def files(segment: "dict[str, Any]") -> "list[dict[str, Any]]":
    """The files of one segment of `current`, in the order in which they apply: base, then deltas."""
    return [segment["base"]] + list(segment["deltas"])


def to_apply(
    segment: "dict[str, Any]", installed: "dict[str, Any] | None"
) -> "tuple[bool, list[dict[str, Any]]]":
    """(whether to begin with nothing, files to apply) that make `segment` of the one `installed` before.

    Of the same base, what comes after the file that was applied last is needed; all deltas, if that one has
    been merged into the first of them meanwhile (`past`). Applying a delta again does no harm, as long as
    those that followed it are applied again too.
    """
    wanted = files(segment)
    if installed is None or installed["base"]["sha256"] != segment["base"]["sha256"]:
        return True, wanted
    last = files(installed)[-1]["sha256"]
    if last[:PAST_LETTERS] in segment.get("past", []):
        return False, wanted[1:]
    names = [file["sha256"] for file in wanted]
    if last in names:
        return False, wanted[names.index(last) + 1 :]
    return True, wanted


def segments_by_name(current: "dict[str, Any] | None") -> "dict[str, Any]":
    """The segments of `current` (None: of no catalogue) by name."""
    return {} if current is None else {segment["name"]: segment for segment in current["segments"]}


def _check_root_fields(root: "dict[str, Any]") -> None:
    """Refuse a root that lacks what devices will look for in it."""
    role_keys(root, "current")
    role_keys(root, "ack")
    try:
        whole = _is_int(root["version"]) and root["version"] >= 1 and _is_int(root["expires"])
        for host in root["hosts"]:
            whole = whole and isinstance(host, str)
        letters = []
        for key in root["stamp_keys"]:
            letters.append(key["k"])
            whole = whole and len(key["k"]) == 1 and _is_hex(key["public"], 64)
            whole = whole and _is_int(key["from"]) and key["retired"] in (True, False)
        whole = whole and len(set(letters)) == len(letters)
    except (KeyError, TypeError) as error:
        raise SyncError("malformed", "not a root document: %s" % error)
    if not whole:
        raise SyncError("malformed", "a root document with fields of wrong type, or a stamp key named twice")


def _is_int(value: "Any") -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_hex(value: "Any", length: int) -> bool:
    return isinstance(value, str) and len(value) == length and all(c in "0123456789abcdef" for c in value)
