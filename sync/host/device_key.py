"""The device's Ed25519 key: one file, mode 0600, made once and never sent."""

from pathlib import Path

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey

from config import durable
from config.exits import FAILED, CommandError

LARGEST_KEY_FILE = 32  # bytes: the seed alone


class DeviceKey:
    """A signing key. `public` is its public half, 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public = bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._key.sign(message).signature


def load_or_create(path: Path) -> DeviceKey:
    """The key in `path`; a new one is written there first if the file is missing.

    Raises CommandError when the file is no key or cannot be read or written.
    """
    try:
        if not path.exists():
            durable.write(path, bytes(SigningKey.generate()))
        seed = path.read_bytes()
    except OSError as error:
        raise CommandError(
            f"{path}: cannot read or write the device's key ({error.strerror}).",
            FAILED,
            vi=f"{path}: không đọc hoặc ghi được khoá của thiết bị ({error.strerror}).",
        ) from error
    if len(seed) != LARGEST_KEY_FILE:
        raise CommandError(
            f"{path}: is no device key; restore it from a backup or enrol again.",
            FAILED,
            vi=f"{path}: không phải khoá của thiết bị; khôi phục từ bản sao lưu hoặc ghi danh lại.",
        )
    return DeviceKey(seed)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 as libsodium checks it; wrong lengths are False, never an exception."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True
