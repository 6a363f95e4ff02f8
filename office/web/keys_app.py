"""What every part of the office's web service finds on the aiohttp application, by typed key."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from sqlalchemy import Engine

from office.outlets.contacts import Contacts
from office.publishing.bulletin import Bulletin
from office.publishing.keys import Acting
from office.settings import Settings

ENGINE: web.AppKey[Engine] = web.AppKey("engine", Engine)
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
# Office time in ms UTC. Tests set another.
CLOCK: web.AppKey[Callable[[], int]] = web.AppKey("clock")
# The acknowledgement key: the only private key that a web worker holds.
ACK: web.AppKey[Acting] = web.AppKey("ack", Acting)
CONTACTS: web.AppKey[Contacts] = web.AppKey("contacts", Contacts)
BULLETIN: web.AppKey[Bulletin] = web.AppKey("bulletin", Bulletin)
# Set when the service is about to stop: streams and long polls end then.
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping", asyncio.Event)
