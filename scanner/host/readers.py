"""The readers that an outlet's configuration names: its `[[reader]]` tables, and nothing else of it."""

import sys
import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

from config.exits import CommandError
from scanner.host.sources import DeviceError, Source

KINDS: Final = ("camera", "folder", "serial", "wedge")
LIGHT: Final = "light"  # zxing-cpp alone, without OpenCV (`scanner.host.light`)


class Reader(NamedTuple):
    """One reader. `device`: camera number or path, folder, serial port, or keyboard scanner's path.

    `decoder` names what reads a camera's pictures (`scanner.host.decoder`), or is `LIGHT`.
    """

    name: str
    kind: str
    device: str
    decoder: str = "best"


def load(path: Path) -> list[Reader]:
    """The readers of a configuration file. A relative folder counts from the file's own folder.

    Raises CommandError: the file cannot be read, is no TOML, or a reader lacks something.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("reader", [])
    except OSError as error:
        raise CommandError(
            f"{path}: cannot read this configuration file ({error.strerror}).",
            vi=f"{path}: không đọc được tệp cấu hình ({error.strerror}).",
        ) from error
    except ValueError as error:
        raise CommandError(
            f"{path}: is not valid TOML: {error}.", vi=f"{path}: không đúng cú pháp TOML: {error}."
        ) from error
    if not isinstance(tables, list):
        raise CommandError(
            f"{path}: write readers as [[reader]] tables.",
            vi=f"{path}: viết đầu đọc thành các bảng [[reader]].",
        )
    readers = [_reader(path, number, table) for number, table in enumerate(tables)]
    for reader in readers:
        if sum(other.name == reader.name for other in readers) > 1:
            raise CommandError(
                f"{path}: two readers are called {reader.name!r}; names must differ.",
                vi=f"{path}: hai đầu đọc cùng tên {reader.name!r}; tên phải khác nhau.",
            )
    return readers


def source(reader: Reader) -> Source:
    """The reader as something to read from. Loads only the libraries that its kind needs."""
    if reader.kind == "serial":
        from scanner.host.serial_scanner import SerialScanner

        return SerialScanner(reader.device)
    if reader.kind == "wedge":
        from scanner.host.wedge import Wedge

        return Wedge(reader.device)
    return _light_camera(reader) if is_light(reader.decoder, reader.name) else _camera(reader)


def is_light(decoder: str, name: str) -> bool:
    """Whether pictures are read in light mode: because `decoder` says so, or, said on stderr, for want of OpenCV."""
    if decoder == LIGHT:
        return True
    try:
        from scanner.host import vision  # noqa: F401  (only whether it can be)
    except ImportError as error:
        print(
            f"scanner: {name}: OpenCV cannot be loaded ({error}); reading in light mode, which reads fewer codes.",
            file=sys.stderr,
            flush=True,
        )
        return True
    return False


def _camera(reader: Reader) -> Source:
    from scanner.host import decoder, vision
    from scanner.host.camera import Camera, PictureDevice
    from scanner.host.motion import Motion
    from scanner.host.watched import Watched

    path = Path(reader.device)
    device: PictureDevice[vision.Picture]
    if reader.kind == "camera":
        from scanner.host.opencv_capture import OpenCVCapture

        device = Camera(reader.device, OpenCVCapture())
    elif path.is_file():
        from scanner.host.video_file import VideoFile

        device = VideoFile(path)
    else:
        from scanner.host.virtual_camera import FolderCamera

        device = FolderCamera(path, vision.load)
    return Watched(device, decoder.frames(reader.decoder), Motion(vision.shrunk, vision.changes))


def _light_camera(reader: Reader) -> Source:
    from PIL import Image

    from scanner.host import light
    from scanner.host.camera import Camera, PictureDevice
    from scanner.host.motion import Motion
    from scanner.host.readings import Believed
    from scanner.host.watched import Watched

    path = Path(reader.device)
    device: PictureDevice[Image.Image]
    if reader.kind == "camera":
        from scanner.host.v4l2_capture import V4L2Capture

        device = Camera(reader.device, V4L2Capture())
    elif path.is_file():
        raise DeviceError("error", f"{path}: a video is played by OpenCV only; light mode has none.")
    else:
        from scanner.host.virtual_camera import FolderCamera

        device = FolderCamera(path, light.load)
    return Watched(device, Believed(light.read).read, Motion(light.shrunk, light.changes))


def _reader(path: Path, number: int, table: Any) -> Reader:
    values = table if isinstance(table, dict) else {}
    name, kind, device = (str(values.get(key, "")) for key in ("name", "kind", "device"))
    if not name or not device or kind not in KINDS:
        raise CommandError(
            f"{path}: reader[{number}] needs a name, a device and a kind that is one of {', '.join(KINDS)}.",
            vi=f"{path}: reader[{number}] cần tên, thiết bị và loại, một trong {', '.join(KINDS)}.",
        )
    folder = str((path.parent / device).absolute())
    return Reader(name, kind, folder if kind == "folder" else device, str(values.get("decoder", "best")))
