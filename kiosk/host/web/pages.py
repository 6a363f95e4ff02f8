"""The kiosk's pages: templates, files of the browser, and the headers that guard both.

A page carries no inline script or style: the policy below forbids them, and a test holds it. Browser files
are read once at start and served under a path that names their content, so that a browser may keep
them for ever and never shows an old script beside a new page.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web
from multidict import istr

from kiosk.host.web import strings

_HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}

_SECURITY_HEADERS = tuple((istr(name), value) for name, value in SECURITY_HEADERS.items())


class Static:
    """The browser's files, by name, and the version that their content makes."""

    def __init__(self, folder: Path) -> None:
        """Reads every file of `folder` (no sub-folders). Raises OSError when one cannot be read."""
        self.files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
        digest = hashlib.sha256()
        for name, data in self.files.items():
            digest.update(f"{name}:{len(data)}:".encode() + data)
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of one file. KeyError: there is no such file."""
        self.files[name]
        return f"/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answers `GET /static/{version}/{name}`; anything but a known file of this version is 404."""
        data = self.files.get(request.match_info["name"])
        if data is None or request.match_info["version"] != self.version:
            raise web.HTTPNotFound
        suffix = Path(request.match_info["name"]).suffix
        kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        return web.Response(
            body=data,
            content_type=kind,
            charset="utf-8" if suffix in _TYPES else None,
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )


static = Static(_HERE / "static")

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.globals["static"] = static.url


def render(template: str, **context: Any) -> web.Response:
    """One page as a response, e.g. `render("shopper.html", outlet="...", illustrative=True)`.

    Every page takes `outlet` (name of the shop) and `illustrative` (bool: shows the sample-data banner);
    `shopper.html` also takes `province` (its map) and `idle_seconds`, `staff.html` the cashier's name `staff`.
    Raises jinja2.TemplateNotFound, and jinja2.UndefinedError when a value is missing.
    """
    words = strings.words(template.removesuffix(".html"))
    text = _templates.get_template(template).render(
        **context, words=words, vi=words["vi"], en=words["en"], languages=strings.LANGUAGES
    )
    return web.Response(text=text, content_type="text/html")


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal for `app.on_response_prepare`: puts the security headers on every answer of the listener."""
    headers = response.headers
    for name, value in _SECURITY_HEADERS:
        if name not in headers:
            headers[name] = value


def attach(app: web.Application) -> None:
    """Gives `app` the browser's files and the security headers; its pages are the caller's routes."""
    app.router.add_get("/static/{version}/{name}", static.serve)
    app.on_response_prepare.append(secure)
