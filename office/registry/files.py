"""Files that belong to a record: pictures, and test results and certificates as PDF.

Pictures are made anew before they are kept: smaller, and without what a camera writes beside the picture
(place, device, owner).
"""

import hashlib
import io
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from office import audit
from office.registry import photos
from office.registry.errors import RegistryError
from office.registry.text import nfc
from office.schema import files

MOST = 20  # of a record
_LARGEST_SIDE = 1600  # pixels
_MOST_PIXELS = 60_000_000


def add(
    connection: Connection, kind: str, key: str, name: str, media: str, data: bytes, by: str, at: int
) -> int:
    """Keep a file that `prepared` gave. Returns its number. Raises RegistryError when there are too many."""
    same = (files.c.kind == kind) & (files.c.key == key)
    if len(connection.execute(select(files.c.id).where(same)).all()) >= MOST:
        raise RegistryError(f"a record has {MOST} files at most.", f"Mỗi hồ sơ có tối đa {MOST} tệp.")
    row = {
        "kind": kind, "key": key, "name": nfc(name), "media": media, "data": data, "at": at, "by": by,
        "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    number: int = connection.execute(insert(files).values(**row).returning(files.c.id)).scalar_one()
    audit.note(connection, at, by, "file-add", f"{kind} {key}", {"file": number, "name": name})
    return number


def prepared(data: bytes) -> tuple[str, bytes]:
    """Media type and bytes to keep. Raises RegistryError for what is no picture and no PDF."""
    if data.startswith(b"%PDF-"):
        return "application/pdf", data
    from PIL import Image, ImageOps  # 10 MB of memory that most requests do not need

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise RegistryError("this picture is too large.", "Ảnh quá lớn.", "file")
            whole = "RGBA" if picture.has_transparency_data else "RGB"
            upright = ImageOps.exif_transpose(picture).convert(whole)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise RegistryError(
            "only pictures (JPEG, PNG, WebP) and PDF are kept.",
            "Chỉ nhận ảnh (JPEG, PNG, WebP) và PDF.",
            "file",
        ) from error
    upright.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    # JPEG knows no transparency: a pack that was cut out stands on white, not on black.
    ground = Image.new("RGB", upright.size, "white")
    ground.paste(upright, mask=upright if whole == "RGBA" else None)
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=85)
    return "image/jpeg", out.getvalue()


def of(connection: Connection, kind: str, key: str) -> list[Row[Any]]:
    """The files of a record without their bytes: id, name, media, at, by."""
    names = ("id", "name", "media", "at", "by")
    same = (files.c.kind == kind) & (files.c.key == key)
    return list(
        connection.execute(select(*(files.c[name] for name in names)).where(same).order_by(files.c.id))
    )


def get(connection: Connection, number: int) -> Row[Any] | None:
    """A file with its bytes."""
    return connection.execute(select(files).where(files.c.id == number)).one_or_none()


def remove(connection: Connection, number: int, by: str, at: int) -> tuple[str, str]:
    """Take a file away. Returns whose it was: kind and key. Raises RegistryError."""
    row = get(connection, number)
    if row is None:
        raise RegistryError(f"there is no file {number}.", f"Không có tệp số {number}.")
    photos.withdraw(connection, number)
    connection.execute(delete(files).where(files.c.id == number))
    audit.note(connection, at, by, "file-remove", f"{row.kind} {row.key}", {"file": number, "name": row.name})
    return row.kind, row.key
