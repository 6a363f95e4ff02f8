"""What every part of the office's web service finds on the aiohttp application, by typed key."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from sqlalchemy import Engine

from office.settings import Settings

ENGINE: web.AppKey[Engine] = web.AppKey("engine", Engine)
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
# Office time in ms UTC. Tests set another.
CLOCK: web.AppKey[Callable[[], int]] = web.AppKey("clock")
# Set when the service is about to stop: streams and long polls end then.
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping", asyncio.Event)
