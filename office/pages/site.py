"""The office's pages, the resolver and their files, on one application."""

import asyncio

from aiohttp import web

from office import resolver
from office.access.sessions import SESSIONS, Sessions
from office.pages import (
    account,
    acts,
    alerts,
    attachments,
    branches,
    fleet,
    imports,
    login,
    outlets,
    overview,
    reach,
    registry,
    reports,
    stamp_acts,
    stamps,
)
from office.web.keys_app import SETTINGS
from office.web.rendering import STATIC

_PAGES = (
    overview,
    login,
    outlets,
    account,
    acts,
    alerts,
    attachments,
    branches,
    fleet,
    imports,
    reach,
    registry,
    stamps,
    stamp_acts,
    reports,
)


def setup(app: web.Application) -> None:
    """Add the pages, the resolver and their files to the office's application.

    The keys of `office.web.keys_app` must be set. Raises CommandError when the session key cannot be made.
    """
    app[SESSIONS] = Sessions(app[SETTINGS])
    app[login.TRYING] = asyncio.Semaphore(1)
    for module in _PAGES:
        app.add_routes(module.ROUTES)
    resolver.setup(app)
    app.router.add_static("/static", STATIC)
    app.router.add_get("/{address:.+}", resolver.older)  # the last: an older stamp's address can be any
