"""The office's configuration file, `office.toml`, as typed settings."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from config import province, settings
from config.province import Province
from config.settings import SettingsError

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]


class Http(msgspec.Struct, forbid_unknown_fields=True):
    """Where the service listens, and how devices and phones reach it from outside."""

    host: str = "127.0.0.1"
    port: Port = 8440  # 0: any free one
    base_url: str = ""  # as seen by devices and phones; empty: host and port
    tls_certificate: str = ""  # PEM files, relative to office.toml; needed on any address but the loopback
    tls_key: str = ""
    client_header: str = ""  # in which our own proxy writes the client's address, such as "X-Forwarded-For"


class Stamps(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in the stamps that this office issues."""

    host: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]+(\.[A-Z0-9-]+)+$")] = "OCOP.HATINH.VN"
    gs1_prefix: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{6,11})?$")] = ""  # of the office
    fee: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 200  # đồng a stamp


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    """How often the publisher looks for changes."""

    poll_seconds: Seconds = 1
    sold_seconds: Seconds = 5  # an outlet's own sales publish at most this often
    sold_everywhere_seconds: Seconds = 60  # and so often what the others need of them
    renew_seconds: Annotated[int, msgspec.Meta(ge=60, le=86400)] = 3600
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 90)] = 168


class Alerts(msgspec.Struct, forbid_unknown_fields=True):
    """When a person should look."""

    silent_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 90)] = 48


class Phones(msgspec.Struct, forbid_unknown_fields=True):
    """How often one client may open pages of stamps, products and receipts, by each web worker."""

    a_minute: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 120
    at_once: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 60


class Log(msgspec.Struct, forbid_unknown_fields=True):
    """How the service logs, to stderr."""

    style: Literal["human", "json"] = "human"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """All of `office.toml`."""

    data: str = "office-data"
    province: str = province.HOME  # a map of config/maps, or the path of a file like those
    database: str = ""  # SQLAlchemy URL; empty: SQLite in the data folder
    http: Http = msgspec.field(default_factory=Http)
    stamps: Stamps = msgspec.field(default_factory=Stamps)
    publish: Publish = msgspec.field(default_factory=Publish)
    alerts: Alerts = msgspec.field(default_factory=Alerts)
    phones: Phones = msgspec.field(default_factory=Phones)
    log: Log = msgspec.field(default_factory=Log)

    @property
    def folder(self) -> Path:
        """The data folder; `load` has made it absolute."""
        return Path(self.data)

    @property
    def home(self) -> Province:
        """The province whose office this is, and its map."""
        return province.province(self.province)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.database or f"sqlite:///{self.folder / 'office.db'}"

    @property
    def base_url(self) -> str:
        """Where devices and phones reach the office, without a slash at the end."""
        scheme = "https" if self.http.tls_certificate else "http"
        return (self.http.base_url or f"{scheme}://{self.http.host}:{self.http.port}").rstrip("/")


def load(path: Path) -> Settings:
    """Read `office.toml`; a relative data folder is taken from the file's own folder.

    Raises SettingsError, with the file, the key and what is allowed.
    """
    loaded = settings.load(path, Settings)
    if loaded.http.base_url and not loaded.http.base_url.startswith(("http://", "https://")):
        raise SettingsError(
            f"{path}: http.base_url: must begin with http:// or https://",
            vi=f"{path}: http.base_url: phải bắt đầu bằng http:// hoặc https://",
        )
    return msgspec.structs.replace(
        loaded,
        data=str((path.parent / loaded.data).absolute()),
        province=province.beside(path, loaded.province),
    )
