"""How the service is: for the staff page, for `ocop status`, and for Prometheus; and its own description."""

import os
from pathlib import Path

from aiohttp import web

from kiosk.host.stamps.outlet import VERSION, Outlet
from kiosk.host.web import api


class Health:
    """The handlers. The staff's listener answers the loopback only, which may always see these (design, 7)."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def routes(self) -> list[web.RouteDef]:
        """What this answers."""
        return [
            web.get("/api/status", self._status),
            web.get("/metrics", self._metrics),
            web.get("/api/openapi.json", self._openapi),
        ]

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(self._outlet.status())

    async def _openapi(self, _: web.Request) -> web.Response:
        return web.json_response(api.openapi(VERSION))

    async def _metrics(self, _: web.Request) -> web.Response:
        status = self._outlet.status()
        lines = [
            "# TYPE ocop_entries_waiting gauge",
            f"ocop_entries_waiting {status['office']['waiting']}",
            "# TYPE ocop_catalogue_issued_seconds gauge",
            f"ocop_catalogue_issued_seconds {(status['catalogue']['issued'] or 0) // 1000}",
            "# TYPE ocop_resident_bytes gauge",
            f"ocop_resident_bytes {_resident_bytes()}",
        ]
        return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8")


def _resident_bytes() -> int:
    """RSS of this process (proc(5), statm: the second field, in pages)."""
    pages_used = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages_used) * os.sysconf("SC_PAGE_SIZE")
