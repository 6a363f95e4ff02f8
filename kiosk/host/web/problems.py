"""Errors as people and programs read them: RFC 9457 problem documents, and where a request may come from."""

import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from kiosk.host.data.journal import StorageError

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")  # as the header Host writes them, in front of the port

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(web.HTTPException):
    """An error answer. `detail` is one sentence for people (Vietnamese first, then English)."""

    def __init__(self, status: int, kind: str, detail: str, **fields: object) -> None:
        self.status_code = status
        body = {
            "type": f"urn:ocop:problem:{kind}",
            "title": kind,
            "status": status,
            "detail": detail,
        } | fields
        super().__init__(text=json.dumps(body, ensure_ascii=False), content_type="application/problem+json")


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document; what we did not expect is logged and says only 500."""
    try:
        return await handler(request)
    except Problem:
        raise
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith("/api/"):
            raise
        raise Problem(error.status, error.reason.lower().replace(" ", "_"), error.reason) from error
    except StorageError as error:
        log.error("%s", error)
        if not error.certain:
            raise Problem(
                507,
                "storage_uncertain",
                "Ổ đĩa không ghi được, chưa biết đã lưu hay chưa. Đừng lập đơn mới: hãy gọi kỹ thuật viên, "
                "rồi bấm lại chính đơn này. / The disk does not take writes, and whether this was saved is not "
                "known. Make no new sale of it: call the technician, then press again for this one.",
            ) from error
        raise Problem(
            507,
            "storage",
            "Ổ đĩa không ghi được, nên chưa có gì được lưu. Hãy gọi kỹ thuật viên. / "
            "The disk does not take writes, so nothing was saved. Call the technician.",
        ) from error
    except Exception as error:
        log.exception("unexpected error in %s %s", request.method, request.path)
        raise Problem(
            500, "unexpected", "Có lỗi trong máy; hãy thử lại. / Something went wrong here; try again."
        ) from error


@web.middleware
async def same_site_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request under another name (DNS rebinding), and a change that another site's page asks for."""
    if request.host.rpartition(":")[0] not in LOOPBACK and request.host not in LOOPBACK:
        raise Problem(421, "wrong_host", "This service answers on the loopback address only.")
    if request.method not in ("GET", "HEAD"):
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            raise Problem(403, "wrong_origin", "A page of another site asked for this; it was refused.")
    return await handler(request)
