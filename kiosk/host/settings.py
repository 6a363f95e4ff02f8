"""Settings of an outlet's service: `outlet.toml` as typed values.

Every key is documented in `config/outlet.toml`.
"""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from config import province
from config.settings import SettingsError, is_web_address, load

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Shop(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What receipts say about the shop."""

    name: str = "Điểm bán sản phẩm OCOP"
    address: str = ""
    tax_code: str = ""


class Bank(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The account that VietQR transfers go to. Here and not on a page, so that nobody at the till can change it."""

    bin: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{6})?$")] = ""
    account: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z]{0,19}$")] = ""
    name: str = ""
    holder: str = ""


class Tax(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How sales are taxed: "vat" (the rate stands on the receipt's form, `rates` by GTIN differ from it), or
    "household": a business that pays on its turnover and names no VAT."""

    mode: Literal["vat", "household"] = "vat"
    rates: dict[str, Annotated[int, msgspec.Meta(ge=0, le=100)]] = {}

    def rate(self, gtin: str | None, standard: int) -> int | None:
        """Percent of VAT within the price of goods, None where none is named."""
        if self.mode == "household":
            return None
        return self.rates.get(gtin or "", standard or None)


class Approval(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """When a supervisor's PIN is asked for. A void "later": of a sale of another till, or of a shift that is over."""

    void: Literal["never", "later", "always"] = "later"
    refund: Literal["never", "always"] = "always"


class Listener(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Where one of the two pages is served."""

    host: str = "127.0.0.1"
    port: Port


class Printer(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The receipt printer. `device` as in `ocop print --to`; empty: none."""

    prints: ClassVar = "receipt"
    device: str = ""
    profile: str = "plain"
    columns: Literal[32, 42, 48] = 48

    def job(self) -> dict[str, Any]:
        """What every job for it says (`printer.host.jobs.Job`)."""
        return {"device": self.device, "profile": self.profile, "columns": self.columns}


class LabelPrinter(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The label printer. `device` as the receipt printer's; empty: none. dpi: dots an inch."""

    prints: ClassVar = "label"
    device: str = ""
    language: Literal["tspl", "zpl", "escpos"] = "tspl"
    dpi: Literal[203, 300] = 203

    def job(self) -> dict[str, Any]:
        """What every job for it says (`printer.host.jobs.Job`)."""
        return {"device": self.device, "language": self.language, "dpi": self.dpi}


AnyPrinter = TypeVar("AnyPrinter", Printer, LabelPrinter)


class OfficeAt(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Where the office answers. Empty: this outlet never syncs."""

    url: str = ""


class Reader(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One camera, folder of pictures or hand scanner, what its reads are for, and what reads a camera's pictures."""

    name: str
    kind: Literal["camera", "folder", "serial", "wedge"]
    place: Literal["shopper", "till"]
    device: str = ""
    purpose: Literal["look", "sell"] = "look"
    decoder: Literal["best", "light", "zxing-cpp", "pyzbar", "opencv", "tapirscan"] = "best"


class Log(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What the service writes on stderr."""

    style: Literal["human", "json"] = "human"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole file."""

    data: str
    province: str = province.HOME  # a map of config/maps, or the path of a file like those
    shop: Shop = Shop()
    bank: Bank = Bank()
    tax: Tax = Tax()
    approval: Approval = Approval()
    shopper: Listener = Listener(port=8080)
    staff: Listener = Listener(port=8081)
    printer: Printer = Printer()
    label_printer: LabelPrinter = LabelPrinter()
    office: OfficeAt = OfficeAt()
    reader: list[Reader] = []
    log: Log = Log()


def read(path: Path) -> tuple[Settings, Path]:
    """The settings and the data folder (absolute; relative ones count from the file's own folder).

    Raises SettingsError, also for a reader that could put goods in a basket from the shopper's
    side, two readers of one name, a listener open to the network without TLS, or an office's address that is none.
    """
    settings = load(path, Settings)
    names = [reader.name for reader in settings.reader]
    for number, reader in enumerate(settings.reader):
        if reader.place == "shopper" and reader.purpose != "look":
            raise SettingsError(
                f'{path}: reader[{number}] ({reader.name}): a shopper\'s reader is only for purpose = "look".',
                vi=f'{path}: reader[{number}] ({reader.name}): đầu đọc của khách chỉ dùng purpose = "look".',
            )
        if names.count(reader.name) > 1:
            raise SettingsError(
                f"{path}: two readers are called {reader.name!r}; names must differ.",
                vi=f"{path}: hai đầu đọc cùng tên {reader.name!r}; tên phải khác nhau.",
            )
    for key in ("shopper", "staff"):
        host = getattr(settings, key).host
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise SettingsError(
                f"{path}: {key}.host: this version serves the loopback only (127.0.0.1), not {host}.",
                vi=f"{path}: {key}.host: bản này chỉ phục vụ trong máy (127.0.0.1), không phải {host}.",
            )
    if settings.office.url and not is_web_address(settings.office.url):
        raise SettingsError(
            f"{path}: office.url: {settings.office.url!r} is no address such as https://ocop.example.vn.",
            vi=f"{path}: office.url: {settings.office.url!r} không phải địa chỉ, như https://ocop.example.vn.",
        )
    folder = (path.parent / settings.data).resolve()
    return replace(
        settings,
        province=province.beside(path, settings.province),
        printer=_placed(settings.printer, folder),
        label_printer=_placed(settings.label_printer, folder),
    ), folder


def _placed(printer: AnyPrinter, folder: Path) -> AnyPrinter:
    """A printer that is files has them in the data folder, wherever the service was started."""
    kind, _, place = printer.device.partition(":")
    if kind not in ("virtual", "file") or not place:
        return printer
    return replace(printer, device=f"{kind}:{folder / place}")
