"""`ocop status`: ask the running service how it is, and say it in one sentence."""

import time
from typing import Any

import aiohttp

from config.exits import FAILED, CommandError
from kiosk.host.settings import Listener


async def ask(at: Listener) -> dict[str, Any]:
    """The service's own status. Raises CommandError when no service answers."""
    url = f"http://{at.host}:{at.port}/api/status"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(url) as answer,
        ):
            status: dict[str, Any] = await answer.json()
            return status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CommandError(
            f"no kiosk service answers at {url}; start it with `ocop kiosk`.", FAILED
        ) from error


def sentence(status: dict[str, Any]) -> str:
    """Last contact, entries waiting, catalogue age, and what to do."""
    office = status["office"]
    if office["state"] == "not_enrolled":
        return "not enrolled; stop the service and run `ocop enrol URL CODE`."
    if office["last_contact"] is None:
        contact = "no contact with the office since the start"
    else:
        contact = f"last contact {max(0, round(time.time() - office['last_contact'] / 1000))} s ago"
    advice = f"; {office['detail']}" if office["detail"] else ""
    return f"{contact}, {office['waiting']} entries waiting, catalogue {status['catalogue']['age']}{advice}"
