"""What keeps this till from its office, each in one word: by it the pages and commands say what to do."""

import sqlite3

from kiosk.host.data.journal import StorageError
from sync.envelopes import SyncError
from sync.host.office import OfficeError

# The worst first. "refused": the office answered, but not with what was asked for; "fetching": the catalogue is
# fetched once more by itself.
WORDS = (
    "revoked",
    "unknown_device",
    "disk",
    "certificate",
    "not_office",
    "catalogue",
    "refused",
    "trouble",
    "fetching",
    "unreachable",
)
# Codes of OfficeError that are neither words themselves nor reasons of the office's own.
_CATALOGUE = "catalogue"  # how the codes about what was not installed begin
_CODES = {
    "catalogue_disk": "disk",
    "catalogue_spoilt": "fetching",
    "catalogue_copy": "fetching",
    "catalogue_ended": "fetching",
}


def word(error: BaseException) -> str:
    """Which of WORDS an error of a push or pull is."""
    if isinstance(error, OfficeError):
        if error.code in WORDS:
            return error.code
        return _CODES.get(error.code, _CATALOGUE if error.code.startswith(_CATALOGUE) else "refused")
    if isinstance(error, StorageError | OSError | sqlite3.Error):
        return "disk"
    return "not_office" if isinstance(error, SyncError) else "trouble"


class Troubles:
    """Why the last try of each part of sync failed."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[str, str]] = {}  # part: word, the error's own text

    def failed(self, part: str, error: BaseException) -> None:
        """The last try of `part` ended with this."""
        self._of[part] = word(error), str(error) or type(error).__name__

    def over(self, part: str) -> bool:
        """`part` works. Whether it did not before."""
        return self._of.pop(part, None) is not None

    def __contains__(self, part: str) -> bool:
        return part in self._of

    @property
    def worst(self) -> tuple[str, str] | None:
        """The word and the text of the worst, None if everything works."""
        return min(self._of.values(), key=lambda one: WORDS.index(one[0]), default=None)
