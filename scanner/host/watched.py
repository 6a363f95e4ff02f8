"""A camera with its decoder, as a source of reads."""

import time
from collections.abc import Callable

from scanner.host import decoder
from scanner.host.camera import PictureDevice
from scanner.host.motion import Motion
from scanner.host.sightings import Sightings
from scanner.host.sources import Read


class Watched:
    """A camera with its decoder: reads the codes that come into view, and rests while nothing moves."""

    EVERY = 3  # of the frames without a code, how many pass for each that is looked at thoroughly

    def __init__(self, device: PictureDevice, clock: Callable[[], float] = time.monotonic) -> None:
        self._device = device
        self._clock = clock
        self._sightings = Sightings()
        self._misses = 0
        self._motion = Motion()

    def open(self) -> None:
        """Open the camera. Raises DeviceError."""
        self._device.open()

    def read(self) -> list[Read]:
        """Look at one frame. Raises DeviceError."""
        frame = self._device.frame()
        if frame is None:
            return []
        if not self._motion.awake(frame.picture, self._clock()):
            self._sightings.unchanged(self._clock())
            return []
        found = decoder.read(frame.picture, thorough=self._misses % self.EVERY == 0)
        self._misses = 0 if found else self._misses + 1
        now = self._clock()
        return [
            Read(code["symbology"], code["text"], code["points"], frame.at)
            for code in found
            if self._sightings.is_new(
                code["text"], frame.view, now, looks=2 if decoder.is_linear(code["symbology"]) else 1
            )
        ]

    def condition(self) -> tuple[str, str]:
        """The camera's."""
        return self._device.condition()

    def close(self) -> None:
        """Close the camera."""
        self._device.close()
