"""Refusals as RFC 9457 problem documents."""

import json
from http import HTTPStatus

from aiohttp import web


class ProblemError(Exception):
    """Answers a request with a problem document; `reason` is for programs, `detail` for people."""

    def __init__(self, status: int, reason: str, detail: str, **fields: object) -> None:
        super().__init__(detail)
        self.status = status
        self.headers: dict[str, str] = {}
        self.document = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "reason": reason,
            **fields,
        }

    def response(self) -> web.Response:
        """The answer."""
        return web.Response(
            status=self.status,
            text=json.dumps(self.document, ensure_ascii=False),
            content_type="application/problem+json",
            headers=self.headers,
        )
