"""A camera with its decoder, as a source of reads."""

import time
from collections.abc import Callable
from typing import Final, Generic

from scanner.host.aiming import View
from scanner.host.camera import PictureDevice
from scanner.host.motion import C, Motion, P
from scanner.host.readings import Reading
from scanner.host.sightings import Sightings
from scanner.host.sources import Read

RESTING: Final = "resting"  # what pages know by this word


class Watched(Generic[P, C]):
    """A camera with its decoder: reads the codes that come into view, and rests while nothing moves."""

    def __init__(
        self,
        device: PictureDevice[P],
        read: Callable[[P], list[Reading]],
        motion: Motion[P, C],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._clock = clock
        self._sightings = Sightings()
        self._decode = read
        self._motion = motion
        self._resting = False
        self._page: str | None = None
        self._view: View | None = None

    def open(self) -> None:
        """Open the camera. Raises DeviceError."""
        self._device.open()

    def read(self) -> list[Read]:
        """Look at one frame. Raises DeviceError."""
        frame = self._device.frame()
        if frame is None:
            return []
        now = self._clock()
        awake, aimed = self._motion.awake(frame.picture, now), self._aimed()
        self._resting = not awake and not aimed
        if self._resting:
            self._sightings.unchanged(now)
            return []
        found = self._decode(frame.picture)
        if self._view is not None and not self._view.show(frame.picture, [code["points"] for code in found]):
            self._view = None
        texts = dict.fromkeys(code["text"] for code in found)
        return [
            Read(
                code["symbology"],
                code["text"],
                code["points"],
                frame.at,
                [text for text in texts if text != code["text"]],
            )
            for code in found
            if self._sightings.is_new(code["text"], frame.view, now)
        ]

    def aim(self, path: str) -> None:
        """Show what is seen at the local socket `path` until nobody listens there. From any thread."""
        self._page = path

    def condition(self) -> tuple[str, str]:
        """The camera's; of a sound one that waits for something to move, the detail is `RESTING`."""
        state, detail = self._device.condition()
        return state, detail or (RESTING if self._resting and state == "ok" else "")

    def close(self) -> None:
        """Close the camera."""
        self._device.close()
        if self._view is not None:
            self._view.close()
            self._view = None

    def _aimed(self) -> bool:
        page, self._page = self._page, None
        if page is not None:
            if self._view is not None:
                self._view.close()
            try:
                self._view = View(page)
            except OSError:
                self._view = None  # the page was closed again
        return self._view is not None
