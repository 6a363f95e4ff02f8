"""The office's Ed25519 keys: one file a role, mode 0600; `roots` says which of them count.

The root keys (`ROOT_FILES`) belong offline once root is signed, and no backup holds them; the publisher reads `current`, the issuer
`stamp-A` and its successors, web workers only `ack`.
"""

import hashlib
import os
import unicodedata
from pathlib import Path
from typing import Any

import nacl.secret
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import SigningKey, VerifyKey

from config import durable
from config.exits import FAILED, NO, CommandError
from sync import envelopes

ROLES = ("root-1", "root-2", "current", "ack", "stamp-A")  # of a new office
ROOT_FILES = "root-*.key"
_SEED_BYTES = 32
_LOCKED = b"OCOP-KEY-1"  # then a salt of 16 bytes and the seed in a secret box
SHORTEST_PASSPHRASE = 10  # letters


class Signer:
    """A private key in memory. `public` is its public half (32 bytes), `id` its name in documents."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public = bytes(self._key.verify_key)
        self.id = envelopes.key_id(self.public)

    @property
    def seed(self) -> bytes:
        """The private half, 32 bytes."""
        return bytes(self._key)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._key.sign(message).signature


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 as libsodium checks it; wrong lengths are False, never an exception."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def seal(signed: dict[str, Any], *signers: Signer) -> dict[str, Any]:
    """An envelope around `signed`, signed by every one of `signers`."""
    return envelopes.seal(signed, [(signer.id, signer.sign) for signer in signers])


def create(folder: Path, role: str) -> None:
    """Write a new key for `role`, mode 0600, unless there is one. Raises CommandError on a full disk etc."""
    path = _path(folder, role)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            return
        durable.write(path, bytes(SigningKey.generate()))
    except OSError as error:
        raise CommandError(
            f"{path}: cannot write this key ({error.strerror}).",
            FAILED,
            vi=f"{path}: không ghi được khoá này ({error.strerror}).",
        ) from error


def create_next(folder: Path, role: str) -> Signer:
    """Make another key for `role` under the next free number, and load it. Raises CommandError."""
    number = 2
    while _path(folder, f"{role}-{number}").exists():
        number += 1
    create(folder, f"{role}-{number}")
    return load(folder, f"{role}-{number}")


def load(folder: Path, role: str, passphrase: str = "") -> Signer:
    """The key of `role`; one that is locked opens with its passphrase only.

    Raises CommandError when it is missing, readable by others, no key, or another passphrase's.
    """
    path = _path(folder, role)
    try:
        mode = path.stat().st_mode
        seed = path.read_bytes()
    except OSError as error:
        raise CommandError(
            f"{path}: cannot read the key of role {role} ({error.strerror}); `ocop office init` makes it.",
            FAILED,
            vi=f"{path}: không đọc được khoá {role} ({error.strerror}); `ocop office init` tạo khoá.",
        ) from error
    if mode & 0o077:
        raise CommandError(
            f"{path}: others on this machine can read this key; run `chmod 600` on it.",
            FAILED,
            vi=f"{path}: người khác trên máy này đọc được khoá; hãy chạy `chmod 600`.",
        )
    if seed.startswith(_LOCKED):
        seed = _opened(path, seed, passphrase)
    if len(seed) != _SEED_BYTES:
        raise CommandError(
            f"{path}: is no key; restore it from a backup.",
            FAILED,
            vi=f"{path}: không phải khoá; khôi phục từ bản sao lưu.",
        )
    return Signer(seed)


def locked(folder: Path, role: str) -> bool:
    """Whether the key of `role` asks for a passphrase."""
    path = _path(folder, role)
    return path.exists() and path.read_bytes().startswith(_LOCKED)


def lock(folder: Path, role: str, passphrase: str, old: str = "") -> None:
    """Encrypt the key of `role` by a passphrase; "" leaves it open. `old` is the one that it has.

    Raises CommandError: a wrong old passphrase, a new one that is too short, a full disk.
    """
    if passphrase and len(passphrase) < SHORTEST_PASSPHRASE:
        raise CommandError(
            f"a passphrase has {SHORTEST_PASSPHRASE} letters or more; nothing was changed.",
            vi=f"mật khẩu có ít nhất {SHORTEST_PASSPHRASE} ký tự; không đổi gì.",
        )
    seed = load(folder, role, old).seed
    path = _path(folder, role)
    salt = os.urandom(16)
    data = _LOCKED + salt + bytes(_box(passphrase, salt).encrypt(seed)) if passphrase else seed
    try:
        durable.write(path, data)
    except OSError as error:
        raise CommandError(
            f"{path}: cannot write this key ({error.strerror}).",
            FAILED,
            vi=f"{path}: không ghi được khoá này ({error.strerror}).",
        ) from error


def _box(passphrase: str, salt: bytes) -> nacl.secret.SecretBox:
    """scrypt with n=2**14, r=8, p=1: 16 MiB."""
    text = unicodedata.normalize("NFC", passphrase).encode()
    return nacl.secret.SecretBox(hashlib.scrypt(text, salt=salt, n=2**14, r=8, p=1, dklen=32))


def _opened(path: Path, data: bytes, passphrase: str) -> bytes:
    rest = data[len(_LOCKED) :]
    try:
        return _box(passphrase, rest[:16]).decrypt(rest[16:])
    except (CryptoError, ValueError) as error:
        raise WrongPassphrase(
            f"{path}: is locked, and this is not its passphrase.",
            NO,
            vi=f"{path}: đã đặt mật khẩu, và đây không phải mật khẩu đó.",
        ) from error


class WrongPassphrase(CommandError):  # noqa: N818 (an answer, not a failure)
    """A key that is locked, and not by this passphrase."""


class Acting:
    """The key of `role` that the newest root names: another one as soon as a newer root says so."""

    def __init__(self, folder: Path, role: str, root: dict[str, Any]) -> None:
        self._folder = folder
        self._role = role
        self._version: int = root["version"]
        self.signer = named(folder, role, root)

    def follow(self, root: dict[str, Any]) -> bool:
        """Sign as `root` (its signed part) says from now on; whether that is another key.

        Raises CommandError when that key is not here; the old one stays, and this is tried again.
        """
        if root["version"] == self._version:
            return False
        before, self.signer = self.signer, named(self._folder, self._role, root)
        self._version = root["version"]
        return before.id != self.signer.id


def named(folder: Path, role: str, root: dict[str, Any]) -> Signer:
    """The key of `role` that `root` names, whatever its file is called. Raises CommandError."""
    wanted = root["roles"][role]["keys"]
    for path in sorted(folder.glob(f"{role}*.key")):
        signer = load(folder, path.stem)
        if signer.id in wanted:
            return signer
    raise CommandError(
        f"{folder}: none of the files {role}*.key is the key that root {root['version']} names; restore it "
        f"from a backup, or make another one (`ocop office key renew {role}`).",
        FAILED,
        vi=f"{folder}: không tệp {role}*.key nào là khoá mà tài liệu gốc số {root['version']} nêu; khôi phục từ bản sao lưu, hoặc tạo khoá khác (`ocop office key renew {role}`).",
    )


def stamp_role(k: str) -> str:
    """The role of the stamp key that K names."""
    return f"stamp-{k}"


def _path(folder: Path, role: str) -> Path:
    return folder / f"{role}.key"
