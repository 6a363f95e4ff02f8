"""The live picture for aiming a camera: small JPEGs with the found codes outlined, to a local socket.

The service listens on the socket, and only while somebody looks at the page; a picture is neither
stored nor sent anywhere else. Each is preceded by its length in bytes (four, big-endian).
"""

import socket
from collections.abc import Sequence
from typing import Final

import numpy as np

from scanner.host.vision import Picture, cv2

WIDTH: Final = 640  # pixels that the picture is shrunk to
QUALITY: Final = 70  # of 100, JPEG
PATIENCE: Final = 0.5  # seconds that a viewer may take for one picture


class View:
    """One open page, seen from the scanner. Raises OSError if nobody listens at `path`."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def show(self, picture: Picture, corners: Sequence[Sequence[Sequence[int]]]) -> bool:
        """Send one grey frame with the four corners of each code. False when the page was closed."""
        scale = min(1.0, WIDTH / picture.shape[1])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        shown = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
        for points in corners:
            outline = (np.array(points, np.float64) * scale).astype(np.int32)
            cv2.polylines(shown, [outline], isClosed=True, color=(60, 200, 60), thickness=3)
        data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
        try:
            self._socket.sendall(len(data).to_bytes(4, "big") + data)
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Stop showing."""
        self._socket.close()
