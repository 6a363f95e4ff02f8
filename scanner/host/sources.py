"""What every reader is to the scanner process: something to open, read codes from and close."""

import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class DeviceError(Exception):
    """A device cannot be used now. `state` is missing, busy, frozen or error; the message is the detail."""

    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state


class Read(NamedTuple):
    """One code that came newly into view. `symbology` is "" where a device does not say."""

    symbology: str
    text: str
    points: list[list[int]]
    frame_at: int  # ms UTC: when its picture was taken or its line came
    beside: Sequence[str] = ()  # the texts of the other codes in the same picture


class Source(Protocol):
    """A camera with its decoder, or a serial scanner. Used by one thread."""

    def open(self) -> None:
        """Make it ready. Raises DeviceError."""

    def read(self) -> list[Read]:
        """What is new, after at most about a second. Raises DeviceError when the device has gone."""

    def condition(self) -> tuple[str, str]:
        """State (ok, frozen, dark) and detail of the opened device."""

    def close(self) -> None:
        """Let go of it; safe at any time."""


def now_ms() -> int:
    """The wall clock in ms UTC."""
    return time.time_ns() // 1_000_000
