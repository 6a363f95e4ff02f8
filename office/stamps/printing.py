"""A batch in every form that something can print from, signed as it is asked for."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection

from config.exits import FAILED, CommandError
from office.publishing import keys, roots
from office.publishing.keys import Signer
from office.registry import RegistryError
from office.registry.references import titles
from office.settings import Settings
from office.stamps import files, sheets
from office.stamps.issuing import Batch, find_batch, signed
from office.times import now_ms

FORMS = {
    "csv": "text/csv",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "tspl": "application/octet-stream",
    "zpl": "application/octet-stream",
}
"""By suffix: the media type."""


def signer_of(settings: Settings, connection: Connection, k: str, passphrase: str = "") -> Signer:
    """The private half of stamp key `k`, if what it signs will be believed. Raises CommandError."""
    key = roots.usable(connection, k, now_ms())
    folder = settings.folder / "keys"
    signer = keys.load(folder, keys.stamp_role(k), passphrase)
    if signer.public != key.public:
        raise CommandError(
            f"{folder}: stamp-{k}.key is another key than outlets know as {k}; restore it from a backup.",
            FAILED,
            vi=f"{folder}: stamp-{k}.key không phải khoá {k} mà điểm bán biết; khôi phục từ bản sao lưu.",
        )
    hosts = roots.newest(connection)["hosts"]
    if settings.stamps.host not in hosts:
        raise CommandError(
            f"stamps.host: outlets would not know stamps of {settings.stamps.host}, only of {', '.join(hosts)}.",
            vi=f"stamps.host: điểm bán không nhận ra tem của {settings.stamps.host}, chỉ nhận của {', '.join(hosts)}.",
        )
    return signer


def to_print(connection: Connection, number: int) -> tuple[Batch, str]:
    """A batch that can be printed, and the name of its goods. Raises RegistryError."""
    batch = find_batch(connection, number)
    if not batch.k:
        raise RegistryError(
            f"batch {number} is of older stamps, which nobody signed.",
            f"Đợt {number} là tem kiểu cũ, không in lại được.",
        )
    return batch, titles(connection, "trade_items", [batch.gtin]).get(batch.gtin, batch.gtin)


def pieces(
    form: str, batch: Batch, name: str, host: str, signer: Signer, dpi: int = 203, sheet: int = 1
) -> Iterator[bytes]:
    """The batch in a form of FORMS; an SVG is one sheet of it, from 1 on."""
    count = batch.last - batch.first + 1
    if form == "csv":
        yield from files.pieces(files.lines(batch, host, signer))
    elif form == "pdf":
        yield from sheets.pdf(batch.gtin, enumerate(signed(batch, host, signer), batch.first), count)
    elif form == "svg":
        start = batch.first + sheets.A_SHEET * (sheet - 1)
        part = batch._replace(first=start, last=min(batch.last, start + sheets.A_SHEET - 1))
        some = islice(enumerate(signed(part, host, signer), start), sheets.A_SHEET)
        yield sheets.svg(batch.gtin, some).encode()
    else:
        every = enumerate(signed(batch, host, signer), batch.first)
        yield from sheets.roll(batch.gtin, every, form, dpi, name)
