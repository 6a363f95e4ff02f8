"""The live picture for aiming a camera: small JPEGs with the found codes outlined, to a local socket.

The service listens on the socket, and only while somebody looks at the page; a picture is neither
stored nor sent anywhere else. Each is preceded by its length in bytes (four, big-endian).
"""

import io
import socket
from collections.abc import Sequence
from typing import Any, Final

from PIL import Image, ImageDraw

WIDTH: Final = 640  # pixels that the picture is shrunk to
QUALITY: Final = 70  # of 100, JPEG
GREEN: Final = (60, 200, 60)
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

    def show(self, picture: Any, corners: Sequence[Sequence[Sequence[int]]]) -> bool:
        """Send one grey frame (numpy's or Pillow's) with the corners of each code. False when the page was closed."""
        whole = Image.fromarray(picture)
        scale = min(1.0, WIDTH / whole.width)
        size = (round(whole.width * scale), max(1, round(whole.height * scale)))
        shown = whole.resize(size, Image.Resampling.BOX).convert("RGB")
        pen = ImageDraw.Draw(shown)
        for points in corners:
            outline = [(x * scale, y * scale) for x, y in points]
            pen.line([*outline, *outline[:2]], fill=GREEN, width=3, joint="curve")
        packed = io.BytesIO()
        shown.save(packed, "JPEG", quality=QUALITY)
        data = packed.getvalue()
        try:
            self._socket.sendall(len(data).to_bytes(4, "big") + data)
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Stop showing."""
        self._socket.close()
