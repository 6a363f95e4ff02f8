"""TLS or loopback only: a password never crosses a network in the open."""

import ipaddress
import ssl
from pathlib import Path

from config.exits import FAILED, CommandError
from office.settings import Http


def context(http: Http, folder: Path) -> ssl.SSLContext | None:
    """What the service listens with; None on the loopback, where a proxy on this machine may do TLS.

    Paths are relative to `folder`. Raises CommandError: another address without a certificate, or one that
    cannot be read.
    """
    if not http.tls_certificate:
        if _loopback(http.host):
            return None
        raise CommandError(
            f"http.host: {http.host} is not this machine's loopback, so http.tls_certificate and http.tls_key "
            "are needed; or listen on 127.0.0.1 behind a TLS proxy.",
            vi=f"http.host: {http.host} không phải địa chỉ nội bộ của máy này nên cần http.tls_certificate và http.tls_key; hoặc nghe ở 127.0.0.1 sau một proxy TLS.",
        )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = folder / http.tls_certificate, folder / http.tls_key if http.tls_key else None
    try:
        made.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CommandError(
            f"{certificate}: cannot use this certificate and its key ({error}).",
            FAILED,
            vi=f"{certificate}: không dùng được chứng chỉ này và khoá của nó ({error}).",
        ) from error
    return made


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
