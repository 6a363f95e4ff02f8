"""Turns templates into pages: language, dates, money, and the headers that keep a page to itself.

Every page works without JavaScript. Vietnamese comes first; `?lang=en` chooses English, and the choice
is kept in a cookie.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web
from yarl import URL

from kiosk import calendar
from office.web.keys_app import CLOCK, SETTINGS
from printer import money

STATIC = Path(__file__).parent / "static"
LANGUAGES = ("vi", "en")
SHOWN_AT = web.RequestKey("shown at", str)  # the address of a page that answers a form
_LANGUAGE_COOKIE = "ocop_lang"
_YEAR = 365 * 86_400

# Nothing but our own stylesheet and scripts is ever loaded, and nobody may frame a page.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language(request: web.Request) -> str:
    """ "vi" or "en": what the address asks for, else what was chosen before, else Vietnamese."""
    wanted = request.query.get("lang") or request.cookies.get(_LANGUAGE_COOKIE)
    return wanted if wanted in LANGUAGES else "vi"


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """The template as an HTML answer."""
    html = render(request, template, **values)
    answer = web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)
    remember_language(request, answer)
    return answer


def remember_language(request: web.Request, answer: web.Response) -> None:
    """Keep the language that the address asks for, in a cookie."""
    if request.query.get("lang") in LANGUAGES:
        lang = language(request)
        answer.set_cookie(_LANGUAGE_COOKIE, lang, max_age=_YEAR, httponly=True, samesite="Strict", path="/")


def render(request: web.Request, template: str, **values: Any) -> str:
    """The template as HTML."""
    address = URL.build(path=request[SHOWN_AT]) if SHOWN_AT in request else request.rel_url
    return render_in(
        language(request), request.app[CLOCK](), lambda other: str(address.update_query(lang=other)),
        template, province=request.app[SETTINGS].home, **values,
    )  # fmt: skip


def render_in(lang: str, now: int, path_in: Callable[[str], str], template: str, /, **values: Any) -> str:
    """The template as HTML in a language, at a time (ms UTC).

    Every template takes `province` (`config.province`). In templates `say(vi, en)` is a text in the page's language; `dong`, `number`, `day` (ISO date),
    `moment` and `ago` (ms UTC) write figures; `path_in(language)` is this page in another language.
    """
    return _TEMPLATES.get_template(template).render(
        lang=lang,
        say=lambda vi, en: en if lang == "en" else vi,
        dong=money.dong,
        number=money.grouped if lang == "vi" else lambda value: f"{value:,}",
        day=calendar.vietnamese if lang == "vi" else calendar.english,
        moment=lambda at: moment(at, lang),
        ago=lambda at: ago(at, now, lang),
        path_in=path_in,
        **values,
    )


def ago(at: int, now: int, lang: str) -> str:
    """How long ago a time was (ms UTC), in the largest unit that fits."""
    seconds = max(0, now - at) // 1000
    for size, vi, en in ((86_400, "ngày", "d"), (3600, "giờ", "h"), (60, "phút", "min")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {vi} trước" if lang == "vi" else f"{count} {en} ago"
    return "vừa xong" if lang == "vi" else "just now"


def moment(at: int, lang: str) -> str:
    """A time (ms UTC) as people in Vietnam read it: "14:05 23/11/2026"."""
    date = calendar.date_of(at)
    return f"{calendar.clock_of(at)} {calendar.vietnamese(date) if lang == 'vi' else calendar.english(date)}"
