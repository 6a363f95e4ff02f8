"""Pages that answer a form: kept for a day, and fetched from an address of their own.

A browser cannot go back to a page that was the answer to a form without sending the form again; to one that it fetched
after a redirect it can.
"""

import re

import nacl.exceptions
import nacl.secret
from aiohttp import web
from sqlalchemy import Connection
from yarl import URL

from office.pages import uploads
from office.registry import RegistryError
from office.web.rendering import HEADERS

_PARAMETER = "answer"
_ONCE = "once"


def address(path: str, number: str) -> str:
    """Where a kept page is to be seen."""
    return str(URL.build(path=path, query={_PARAMETER: number}))


def asked(request: web.Request) -> str:
    """The number of the kept page that an address asks for, "" if it asks for none."""
    number = request.query.get(_PARAMETER, "")
    return number if re.fullmatch("[0-9a-f]{32}", number) else ""


def keep(
    connection: Connection,
    page: web.Response,
    box: nacl.secret.SecretBox,
    by: str,
    at: int,
    once: bool = False,
) -> str:
    """Keep a page for who sent the form, sealed, since it may show what is stored nowhere else; returns its number.

    `once`: whoever fetches it a second time finds it gone.
    """
    assert isinstance(page.body, bytes)
    return uploads.keep(connection, f"{page.status} {_ONCE if once else ''}", box.encrypt(page.body), by, at)


def fetch(connection: Connection, number: str, box: nacl.secret.SecretBox, by: str) -> web.Response | None:
    """The page, None if it is gone or somebody else's."""
    try:
        row = uploads.get(connection, number, by)
        body = box.decrypt(row.data)
    except (RegistryError, nacl.exceptions.CryptoError):  # gone, or a file to import
        return None
    status, _, once = row.name.partition(" ")
    if once:
        uploads.drop(connection, number, by)
    return web.Response(
        body=body, status=int(status), content_type="text/html", charset="utf-8", headers=HEADERS
    )
