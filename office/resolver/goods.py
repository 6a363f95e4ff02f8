"""A stamp or a product, by the address that its QR holds: a page for people, links and data for programs.

A stamp is judged by the same `verdict` as in a shop. The answer reveals nothing of other serials, and of a sale
only when and where this very stamp was sold.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from sqlalchemy import Engine
from yarl import URL

from kiosk import texts, verdicts
from office.books import reports
from office.publishing import keys
from office.registry import photos
from office.registry.kinds import sector
from office.resolver import links, receipts
from office.resolver.answers import Answer, Answers, made
from office.resolver.guard import LIMITS, guarded
from office.resolver.limits import Limits
from office.resolver.lookups import Catalogue, Sold
from office.resolver.phone_looks import Look
from office.resolver.tally import Tally
from office.storage import database
from office.times import local_date
from office.web import rendering
from office.web.keys_app import CLOCK, ENGINE, SETTINGS
from scanner import codes

ANSWERS: web.AppKey[Answers] = web.AppKey("answers", Answers)
TALLY: web.AppKey[Tally] = web.AppKey("tally", Tally)
# Verdicts that do not rest on a signature that was checked, or found it wrong.
_UNPROVEN = (
    "unreadable",
    "no_catalogue",
    "not_a_stamp",
    "no_stamp",
    "plain_goods",
    "unknown_key",
    "bad_signature",
)
# Search engines, and what shows a preview of a link in a chat. Cubot is a make of phones.
_PROGRAMS = re.compile(r"(?<!cu)bot\b|crawl|spider|externalhit|preview|^whatsapp/", re.IGNORECASE)
_FORGED = ("unknown_key", "bad_signature")
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Link, ETag"}
# A browser may keep the page, and asks each time whether it still holds: a verdict may change at any moment.
_HEADERS = rendering.HEADERS | _CORS | {"Cache-Control": "no-cache", "Vary": "Accept, Cookie"}
ROUTES = web.RouteTableDef()


def setup(app: web.Application) -> None:
    """Add the phones' pages; `older` has to be added last."""
    settings = app[SETTINGS]
    app[ANSWERS] = Answers(app[ENGINE], app[CLOCK])
    app[TALLY] = Tally(app[ENGINE])
    app[LIMITS] = Limits(settings.phones.a_minute / 60, settings.phones.at_once)
    app.add_routes(ROUTES)
    app.add_routes(receipts.ROUTES)
    app.cleanup_ctx.append(_counting)


async def _counting(app: web.Application) -> AsyncIterator[None]:
    counting = asyncio.create_task(app[TALLY].run())
    yield
    counting.cancel()
    await asyncio.gather(counting, return_exceptions=True)
    await app[TALLY].write()


@ROUTES.get("/S/{signed}/01/{gtin}/21/{serial}")
@ROUTES.get("/{s:[Ss]}/{signed}/01/{gtin}/21/{serial}")
@ROUTES.get("/01/{gtin}/21/{serial}")
@ROUTES.get("/01/{gtin}")
@guarded
async def goods(request: web.Request) -> web.StreamResponse:
    """A stamp or a product."""
    return await _goods(request)


async def _goods(request: web.Request) -> web.StreamResponse:
    """What a Digital Link leads to. Of the query only `lang`, `linkType` and `format` say anything."""
    asked = links.link_type(request.query["linkType"]) if "linkType" in request.query else None
    if asked == "linkset":
        media = links.LINKSET
    elif request.query.get("format") == "ld":
        media = links.LINKED_DATA
    else:
        media = links.wanted(request.headers.get("Accept", "*/*"))
    lang = rendering.language(request)
    if (
        asked and "lang" not in request.query
    ):  # a page is Vietnamese first, a link that a program asks for is not
        lang = links.understood(request.headers.get("Accept-Language", ""))
    key = _path(request), media, lang, asked if asked != "linkset" else None
    answers = request.app[ANSWERS]
    answer = await answers.find(key)
    if answer is None:
        seen = answers.seen
        answer = await asyncio.to_thread(_answer, request.app, answers.known, *key)
        answers.keep(key, seen, answer)
    if media == links.HTML and answer.status == 200 and _by_a_person(request):
        request.app[TALLY].add(Look(request.app[CLOCK](), answer.gtin, answer.serial))
    return _sent(request, answer, key[0])


def _by_a_person(request: web.Request) -> bool:
    """Whether somebody looks at the page, as far as the request says: no program, and no browser ahead of time."""
    told = request.headers
    ahead = "prefetch" in told.get("Sec-Purpose", told.get("Purpose", ""))
    return request.method == "GET" and not ahead and not _PROGRAMS.search(told.get("User-Agent", ""))


def _path(request: web.Request) -> str:
    """The path as it was asked for, without a slash at its end; a stamp's in capitals, as in its QR."""
    path = request.rel_url.raw_path.rstrip("/")
    return path.upper() if path[:3] in ("/s/", "/S/") else path


@ROUTES.get("/photos/{sha256:[0-9a-f]{64}}")
@guarded
async def photo(request: web.Request) -> web.StreamResponse:
    """A product's picture, by the name that its page gives it: a browser may keep it for good."""

    def read() -> bytes | None:
        with database.reading(request.app[ENGINE]) as connection:
            return photos.get(connection, request.match_info["sha256"])

    data = await asyncio.to_thread(read)
    if data is None:
        raise web.HTTPNotFound
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=data, content_type=photos.MEDIA, headers=rendering.HEADERS | kept)


@ROUTES.options("/{path:(?:[Ss]/[^/]+/)?01/.*}")
async def options(_: web.Request) -> web.StreamResponse:
    """What a page of somebody else's may ask."""
    allowed = {"Access-Control-Allow-Methods": "GET, HEAD, OPTIONS", "Access-Control-Allow-Headers": "Accept"}
    return web.Response(status=204, headers=_CORS | allowed | {"Allow": "GET, HEAD, OPTIONS"})


@ROUTES.get(links.WELL_KNOWN)
async def description(request: web.Request) -> web.StreamResponse:
    """What this resolver can do, for programs."""

    def read() -> str:
        with database.reading(request.app[ENGINE]) as connection:
            return str(reports.setting(connection, "office_name") or "OCOP")

    name = await asyncio.to_thread(read)
    told = links.description(request.app[SETTINGS].base_url, name)
    return web.json_response(told, headers=_CORS | {"Cache-Control": "public, max-age=3600"})


@guarded
async def older(request: web.Request) -> web.StreamResponse:
    """An older stamp, by the very address that its QR holds; or a Digital Link that no other page answers: with a lot, a
    variant, a slash at its end, or of another key. 404 for any other address that is no page.

    The host is the one that was asked for (an older one may point here); whether the scheme was http or
    https is known to the proxy alone, so both are tried.
    """
    engine, now = request.app[ENGINE], request.app[CLOCK]()
    for scheme in ("https", "http"):
        code = codes.Code("text", f"{scheme}://{request.host}{request.raw_path}"[: codes.LONGEST])
        found = await asyncio.to_thread(_judge, engine, code, now)
        if found["facts"]["older"] is not None:
            gtin = found["facts"]["gtin"] if found["facts"]["trade_item"] else ""
            if _by_a_person(request):
                request.app[TALLY].add(Look(now, gtin, None))
            return rendering.page(request, "goods.html", **found)
    try:
        if codes.parse(f"HTTPS://{request.app[SETTINGS].stamps.host}{_path(request)}").kind == "text":
            raise web.HTTPNotFound
    except codes.CodeError:
        pass  # a Digital Link that breaks GS1's rules: the page says so
    return await _goods(request)


def _answer(
    app: web.Application, records: dict[Any, Any], path: str, media: str, lang: str, asked: str | None
) -> Answer:
    """The answer to what was asked, made anew. `path` is as `_path` gives it."""
    settings, now = app[SETTINGS], app[CLOCK]()
    try:
        code = codes.parse(f"HTTPS://{settings.stamps.host}{path}")
    except codes.CodeError:
        code = codes.Code("text", path)
    found = _judge(app[ENGINE], code, now, records)
    verdict, facts = found["verdict"], found["facts"]
    known = verdict.verdict != "not_a_stamp"
    status = 200 if known else 404 if code.kind in ("stamp", "gs1_digital_link") else 400
    # Of forged stamps, and of lots that somebody may think up, there is no end: nobody need remember them.
    keep = (
        status == 200 and verdict.verdict not in _FORGED and (code.kind == "stamp" or len(code.elements) == 1)
    )
    there = links.links(facts, path)
    html = rendering.render_in(
        lang, now, lambda other: f"?lang={other}", "goods.html", province=settings.home, **found
    )
    missing = 404 if known else status  # where a program asked for what there is not of these goods
    if asked is not None:
        target = links.chosen(there, asked, lang)
        if target is None:
            return made(html, links.HTML, missing)
        return made(target.href, "redirect", 307)
    if media == links.HTML:
        gtin = facts["gtin"] if facts["trade_item"] else ""
        serial = int(code.serial) if found["proven"] and gtin and code.serial else None
        return made(html, links.HTML, status, gtin, serial, keep)
    if not there:
        return made(html, links.HTML, missing)
    if media == links.LINKSET:
        return made(links.linkset(there, settings.base_url, path), media, 200, keep=keep)
    return made(links.linked_data(verdict, settings.base_url, path, found["text"]), media, 200, keep=keep)


def _sent(request: web.Request, answer: Answer, path: str) -> web.StreamResponse:
    linkset = f"{request.app[SETTINGS].base_url}{path}?linkType=linkset"
    linked = f'<{linkset}>; rel="linkset"; type="{links.LINKSET}"'
    if answer.content_type == "redirect":
        # What else was asked goes along, as the standard wants; the link type would ask again.
        target = URL(request.app[SETTINGS].base_url + answer.body.decode(), encoded=True)
        more = [(n, v) for n, v in request.query.items() if n != "linkType" and n not in target.query]
        headers = _CORS | {
            "Location": str(target.extend_query(more)),
            "Link": linked,
            "Vary": "Accept-Language",
        }
        return web.Response(status=307, headers=headers)
    headers = _HEADERS | {"ETag": answer.etag}
    if answer.status == 200:
        headers["Link"] = linked
        if answer.content_type == links.LINKSET:
            headers["Link"] += f", {links.CONTEXT_LINK}"
        if {tag.value for tag in request.if_none_match or ()} & {"*", answer.etag.strip('"')}:
            return web.Response(status=304, headers=headers)
    page = web.Response(body=answer.body, status=answer.status, headers=headers)
    page.content_type = answer.content_type
    if answer.content_type == links.HTML:
        page.charset = "utf-8"
        rendering.remember_language(request, page)
    return page


def _judge(
    engine: Engine, code: codes.Code, now: int, records: dict[Any, Any] | None = None
) -> dict[str, Any]:
    with database.reading(engine) as connection:
        catalogue = Catalogue(connection, now, records)
        verdict = verdicts.verdict(
            code, "look", catalogue, Sold(connection), frozenset(), now, "confirmed", keys.verify
        )
        facts = verdict.facts
        if verdict.verdict == "no_stamp" and facts["product"]:
            facts["withdrawal"] = _withdrawn(catalogue, facts["product"]["id"], now)
        return {
            "verdict": verdict,
            "facts": facts,
            "proven": code.kind == "stamp" and verdict.verdict not in _UNPROVEN,
            "text": texts.shopper_text(verdict, "look"),
            "illustrative": bool(catalogue.setting("illustrative")),
            "office_name": catalogue.setting("office_name") or "",
            "sector": sector,
        }


def _withdrawn(catalogue: Catalogue, product: str, now: int) -> dict[str, Any] | None:
    """Since when goods that are asked for without a stamp are recognised no more, and why; None while they are."""
    row = catalogue.withdrawal(product)
    if row is None or row["on"] > local_date(now).isoformat():
        return None
    return {"on": row["on"], "reason": row["reason"]}
