"""The readers that an outlet's configuration names: its `[[reader]]` tables, and nothing else of it."""

import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

from config.exits import CommandError
from scanner.host.sources import Source

KINDS: Final = ("camera", "folder", "serial", "wedge")


class Reader(NamedTuple):
    """One reader. `device`: camera number or path, folder, serial port, or keyboard scanner's path.

    `decoder` names what reads a camera's pictures (`scanner.host.decoder`).
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
        raise CommandError(f"{path}: cannot read this configuration file ({error.strerror}).") from error
    except ValueError as error:
        raise CommandError(f"{path}: is not valid TOML: {error}.") from error
    if not isinstance(tables, list):
        raise CommandError(f"{path}: write readers as [[reader]] tables.")
    readers = [_reader(path, number, table) for number, table in enumerate(tables)]
    for reader in readers:
        if sum(other.name == reader.name for other in readers) > 1:
            raise CommandError(f"{path}: two readers are called {reader.name!r}; names must differ.")
    return readers


def source(reader: Reader) -> Source:
    """The reader as something to read from. Loads only the libraries that its kind needs."""
    if reader.kind == "serial":
        from scanner.host.serial_scanner import SerialScanner

        return SerialScanner(reader.device)
    if reader.kind == "wedge":
        from scanner.host.wedge import Wedge

        return Wedge(reader.device)
    from scanner.host.watched import Watched

    if reader.kind == "camera":
        from scanner.host.camera import Camera

        return Watched(Camera(reader.device), reader.decoder)
    from scanner.host.virtual_camera import FolderCamera, VideoFile

    path = Path(reader.device)
    return Watched(VideoFile(path) if path.is_file() else FolderCamera(path), reader.decoder)


def _reader(path: Path, number: int, table: Any) -> Reader:
    values = table if isinstance(table, dict) else {}
    name, kind, device = (str(values.get(key, "")) for key in ("name", "kind", "device"))
    if not name or not device or kind not in KINDS:
        raise CommandError(
            f"{path}: reader[{number}] needs a name, a device and a kind that is one of {', '.join(KINDS)}."
        )
    folder = str((path.parent / device).absolute())
    return Reader(name, kind, folder if kind == "folder" else device, str(values.get("decoder", "best")))
