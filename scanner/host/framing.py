"""Where one scan ends and the next begins in the bytes of a hand scanner."""

import math
from typing import Final

LONGEST: Final = 8192  # bytes kept of one scan; no code is longer than about 4,300
QUIET: Final = 0.1  # seconds without a byte that end a scan where no terminator does
STALE: Final = 1.0  # seconds after which the beginning of a scan is not continued any more

_NOISE: Final = bytes(code for code in range(32) if code != 0x1D) + b"\x7f\xff"
_LINK: Final = "HTTPS://"  # how every stamp begins


class Framing:
    """Cuts a stream of bytes into scans, as text (UTF-8; other bytes become U+FFFD).

    end      the terminator; b"" for scanners that send none: then QUIET ends a scan; None to find out:
             CR, LF or both, and quiet as long as neither has ever come
    prefix   bytes that the scanner puts before each scan, suffix those behind it (before the terminator)

    Times are seconds of any steady clock. The half of a scan that came before a cable was pulled, or
    that never got its terminator, is dropped, so that it cannot become the beginning of the next one.
    """

    def __init__(self, end: bytes | None = None, prefix: bytes = b"", suffix: bytes = b"") -> None:
        self._end = end
        self._prefix = prefix
        self._suffix = suffix
        self._held = bytearray()
        self._last = -math.inf
        self._terminated = bool(end)

    def feed(self, data: bytes, now: float) -> list[str]:
        """The scans that `data` (b"" when nothing came) completes at `now`."""
        scans = self._ended_by_quiet(now)
        if not data:
            return scans
        self._last = now
        if self._end is None:
            data = data.replace(b"\r", b"\n")
        end = b"\n" if self._end is None else self._end
        *whole, rest = data.split(end) if end else [data]
        self._terminated = self._terminated or bool(whole)
        for part in whole:
            self._keep(part)
            scans += self._take()
        self._keep(rest)
        return scans

    def _ended_by_quiet(self, now: float) -> list[str]:
        pause = now - self._last
        if self._held and self._terminated and pause > STALE:
            self._held.clear()
        if self._held and not self._terminated and pause > QUIET:
            return self._take()
        return []

    def _keep(self, part: bytes) -> None:
        self._held += part[: LONGEST - len(self._held)]

    def _take(self) -> list[str]:
        held = bytes(self._held)
        self._held.clear()
        pieces = held.split(self._prefix)[1:] if self._prefix and self._prefix in held else [held]
        texts = []
        for piece in pieces:
            text = piece.strip(_NOISE).removesuffix(self._suffix).decode("utf-8", "replace")
            texts += [text] if self._terminated else _unglued(text)
        return [text for text in texts if text]


def _unglued(text: str) -> list[str]:
    """Two stamps that were scanned within one quiet time, apart again."""
    first, *more = text.split(_LINK)
    return [first, *(_LINK + link for link in more)] if more else [text]
