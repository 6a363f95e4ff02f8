"""How this shop's receipts look: its name and texts, what is left out, its logo, and the technician's template.

The settings are facts in outlet.db, changed together with their journal entry. The template is a file beside
outlet.toml; the last one without an error is kept in outlet.db and prints while the file is wrong.
"""

import json
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from kiosk.host.data.database import fact, set_fact
from kiosk.host.data.journal import Moment, Writer, append
from kiosk.host.prints.template_files import TemplateFile
from kiosk.host.settings import Shop
from kiosk.host.tills.receipts import SAMPLE
from printer import receipts, templates

TEMPLATE: Final = "receipt.receipt"  # beside outlet.toml
NOW, BEFORE, GOOD = "receipt_settings", "receipt_settings_before", "receipt_template"

Optional = Literal["cashier", "stars", "producer", "lot", "produced", "expires", "serial", "verdict"]
OPTIONAL: Final[tuple[Optional, ...]] = (
    "cashier", "stars", "producer", "lot", "produced", "expires", "serial", "verdict",
)  # fmt: skip


def _text(longest: int) -> Any:
    return Annotated[str, msgspec.Meta(max_length=longest)]


class Logo(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Dots, as the print worker made them of a picture."""

    width: Annotated[int, msgspec.Meta(ge=1, le=768)]
    height: Annotated[int, msgspec.Meta(ge=1, le=240)]
    rows: Annotated[bytes, msgspec.Meta(max_length=768 // 8 * 240)]


class ReceiptSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What staff may change. `hidden`: what is left out; `vat`: percent within the prices, 0 for no line."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    address: Annotated[str, msgspec.Meta(max_length=200)] = ""
    tax_code: Annotated[str, msgspec.Meta(max_length=20)] = ""
    header: Annotated[str, msgspec.Meta(max_length=200)] = ""
    footer: Annotated[str, msgspec.Meta(max_length=400)] = ""
    hidden: Annotated[list[Optional], msgspec.Meta(max_length=len(OPTIONAL))] = []
    vat: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    logo: Logo | None = None


class Receipt:
    """This shop's settings, their changes, and the template that prints."""

    def __init__(
        self, db: sqlite3.Connection, writer: Writer, shop: Shop, file: Path, now: Callable[[], Moment]
    ) -> None:
        self._db = db
        self._writer = writer
        self._standard = ReceiptSettings(name=shop.name, address=shop.address, tax_code=shop.tax_code)
        self._template = TemplateFile(db, writer, file, GOOD, fault)
        self._now = now
        stored = fact(db, NOW)
        self.current = msgspec.json.decode(stored, type=ReceiptSettings) if stored else self._standard

    @property
    def problem(self) -> str:
        """One sentence about the template's file, or ""."""
        return self._template.problem

    async def save(self, wanted: ReceiptSettings, staff: str) -> ReceiptSettings:
        """Take new settings. Raises StorageError; then nothing has changed."""
        wanted = msgspec.convert(_nfc(msgspec.to_builtins(wanted)), ReceiptSettings)
        if wanted == self.current:
            return wanted
        value, before = _stored(wanted), _stored(self.current)
        moment = self._now()

        def change(db: sqlite3.Connection) -> None:
            set_fact(db, NOW, value)
            set_fact(db, BEFORE, before)
            body = {"v": 1, "staff": staff, "receipt": json.loads(value)}
            append(db, self._writer.device, "settings", body, moment)

        await self._writer.write(change)
        self.current = wanted
        return wanted

    async def undo(self, staff: str) -> ReceiptSettings:
        """Go back to what was before the last change; a second time takes that back. Raises StorageError."""
        stored = fact(self._db, BEFORE)
        before = msgspec.json.decode(stored, type=ReceiptSettings) if stored else self._standard
        return await self.save(before, staff)

    async def reset(self, staff: str) -> ReceiptSettings:
        """Go back to what outlet.toml says. Raises StorageError."""
        return await self.save(self._standard, staff)

    async def look(self) -> dict[str, Any]:
        """What the print worker needs (`printer.host.jobs.Look`). Reads the template's file where it changed."""
        await self._template.read()
        return self.look_of(self.current)

    def look_of(self, settings: ReceiptSettings) -> dict[str, Any]:
        """The same for settings that are only tried."""
        look: dict[str, Any] = {"template": self._template.text, "hidden": settings.hidden}
        if settings.logo is not None:
            look["logo"] = msgspec.to_builtins(settings.logo)
        return look


def fault(text: str) -> tuple[int, str] | None:
    """(line, what is wrong, "Vietnamese / English") of a receipt's template; None for a good one."""
    template, errors = templates.load(text, receipts.NAMES)
    if not errors:
        pictures = {"logo": (8, 1, b"\x80")}
        errors = templates.document(template, receipts.fields(SAMPLE, (), pictures), 48, pictures)[1]
    return errors[0] if errors else None


def _stored(settings: ReceiptSettings) -> str:
    return msgspec.json.encode(settings).decode()


def _nfc(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {name: _nfc(item) for name, item in value.items()}
    return [_nfc(item) for item in value] if isinstance(value, list) else value
