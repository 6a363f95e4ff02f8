"""The one picture of a product that shoppers see: at the outlets' kiosks and on their own phones.

It is drawn anew from a picture of the record, small enough that a shop on a slow line has all of its goods
in minutes, and published by its SHA-256 with the product (docs/decisions/0022-photographs.md).
"""

import hashlib
import io

from sqlalchemy import Connection, Row, delete, insert, select, update

from office import audit
from office.registry.errors import RegistryError
from office.schema import files, photos
from office.storage import counters
from sync.catalogue import LARGEST_PHOTO

MEDIA = "image/webp"
_SIDES = (360, 288, 224)  # pixels of the longer side; a smaller one only for what does not fit
_QUALITIES = (80, 70, 55, 40)


def small(data: bytes) -> bytes:
    """The picture as it is published: WebP of at most `LARGEST_PHOTO` bytes. `data` comes from `files.prepared`."""
    from PIL import Image  # 10 MB of memory that most requests do not need

    with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        whole = picture.convert("RGB")
    for side in _SIDES:
        fitted = whole.copy()
        fitted.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            out = io.BytesIO()
            fitted.save(out, "WEBP", quality=quality, method=4)
            if out.tell() <= LARGEST_PHOTO:
                return out.getvalue()
    raise RegistryError(  # noise from edge to edge is all that could come here
        "this picture cannot be made small enough.", "Không thu nhỏ được ảnh này.", "file"
    )


def show(connection: Connection, number: int, data: bytes, by: str, at: int) -> None:
    """Publish `data`, which `small` made of file `number`, as its product's picture. Raises RegistryError."""
    file = connection.execute(
        select(files.c.key).where(files.c.id == number, files.c.kind == "products")
    ).one_or_none()
    if file is None:
        raise RegistryError(f"no product has file {number}.", f"Không sản phẩm nào có tệp số {number}.")
    row = {"file": number, "sha256": hashlib.sha256(data).hexdigest(), "data": data}
    same = photos.c.product == file.key
    if connection.execute(update(photos).where(same).values(**row)).rowcount == 0:
        connection.execute(insert(photos).values(product=file.key, **row))
    counters.raise_by(connection, counters.REGISTRY)
    audit.note(connection, at, by, "photo-show", f"products {file.key}", {"file": number})


def shown(connection: Connection, product: str) -> int | None:
    """The number of the file that is published as this product's picture."""
    query = select(photos.c.file).where(photos.c.product == product)
    number: int | None = connection.execute(query).scalar_one_or_none()
    return number


def withdraw(connection: Connection, number: int) -> None:
    """File `number` is shown no more."""
    if connection.execute(delete(photos).where(photos.c.file == number)).rowcount:
        counters.raise_by(connection, counters.REGISTRY)


def get(connection: Connection, sha256: str) -> bytes | None:
    """The bytes of a published picture."""
    found: Row[tuple[bytes]] | None = connection.execute(
        select(photos.c.data).where(photos.c.sha256 == sha256).limit(1)
    ).one_or_none()
    return None if found is None else found.data
