"""Pages, their words and the headers that guard them, without a browser (tests/e2e has the browser)."""

import re
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from config.province import province
from kiosk.host.prints.receipt_settings import OPTIONAL
from kiosk.host.settings import Bank
from kiosk.host.web import pages, strings

HOST = Path(pages.__file__).parent
STAFF: dict[str, Any] = {
    "outlet": "Cửa hàng",
    "illustrative": True,
    "staff": "An",
    "may_prices": False,
    "bank": Bank(),
    "status": {},
}
CONTEXT: dict[str, dict[str, Any]] = {
    "shopper": {"outlet": "Cửa hàng", "illustrative": True, "province": province(), "idle_seconds": 45},
    "login": STAFF,
    "staff": STAFF,
    "sales": STAFF,
    "prices": STAFF,
    "shift": STAFF,
    "stock": STAFF,
    "aim": STAFF | {"cameras": [], "enrols": True},
    "receipt": STAFF | {"optional": OPTIONAL},
    "labels": STAFF | {"templates": ["shelf-50x30"], "problems": []},
}
HEAD = ("events", "format", "lock", "requests", "status", "strip", "words")  # of every staff page
SCRIPTS = {  # the modules that each page loads
    "shopper": (
        "shopper",
        "events",
        "format",
        "idle",
        "keypad",
        "looks",
        "place",
        "requests",
        "sound",
        "words",
    ),
    "login": ("login", "keypad", "requests", "wedge", "words"),
    "stock": ("stock", "looks", "stock_lists", "stock_note", *HEAD),
    "aim": ("aim", *HEAD),
    "receipt": ("receipt", "preview", "wedge", *HEAD),
    "labels": ("labels", "preview", *HEAD),
    "sales": ("sales", "refund", "attempts", "dialogs", "elements", "wedge", *HEAD),
    "prices": ("prices", "cash", "elements", "wedge", *HEAD),
    "shift": ("shift", "attempts", "cash", "day", "elements", "wedge", *HEAD),
    "staff": (
        "approval",
        "changes",
        "dialogs",
        "holding",
        "lock",
        "payment",
        "search",
        "wedge",
        "staff",
        "cash",
        "events",
        "float",
        "format",
        "keypad",
        "looks",
        "printing",
        "requests",
        "status",
        "words",
    ),
}


def page_text(page: str, **changes: Any) -> str:
    return str(pages.render(f"{page}.html", **(CONTEXT[page] | changes)).text)


@pytest.fixture
async def client() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async def page(_: web.Request) -> web.Response:
        return pages.render("shopper.html", **CONTEXT["shopper"])

    app = web.Application()
    pages.attach(app)
    app.router.add_get("/", page)
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def test_every_answer_carries_the_security_headers(client: TestClient[Any, Any]) -> None:
    for path in ("/", pages.static.url("base.css"), "/nowhere"):
        answer = await client.get(path)
        for name in set(pages.SECURITY_HEADERS) - {"Cache-Control"}:
            assert answer.headers[name] == pages.SECURITY_HEADERS[name]


def test_the_policy_lets_nothing_inline_and_nothing_foreign_in() -> None:
    rules = dict(rule.split(" ", 1) for rule in pages.CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in pages.CONTENT_SECURITY_POLICY
    assert "http" not in pages.CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("page", CONTEXT)
def test_pages_have_no_inline_script_no_inline_style_and_no_foreign_address(page: str) -> None:
    text = page_text(page)
    for tag in re.findall(r"<script[^>]*>", text):
        assert 'type="application/json"' in tag or f'src="/static/{pages.static.version}/' in tag
    assert "<style" not in text
    assert not re.search(r"\s(style|on[a-z]+)=", text)
    assert not re.search(r"(src|href)=\"(?!/static/|/staff|#)", text)
    for name, data in pages.static.files.items():
        assert "://" not in data.decode().replace("http://www.w3.org/2000/svg", ""), name


async def test_browser_files_are_kept_for_ever_under_their_versions_address(
    client: TestClient[Any, Any],
) -> None:
    answer = await client.get(pages.static.url("shopper.js"))
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert await answer.read() == (HOST / "static/shopper.js").read_bytes()
    assert (await client.get("/")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/static/000000000000/shopper.js",
        f"/static/{pages.static.version}/nothing.js",
        f"/static/{pages.static.version}/..%2fpages.py",
        f"/static/{pages.static.version}/%2e%2e/pages.py",
        "/static/shopper.js",
        "/static/",
    ],
)
async def test_nothing_else_is_served(client: TestClient[Any, Any], path: str) -> None:
    assert (await client.get(path)).status == 404


def test_another_content_makes_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = pages.Static(tmp_path).url("a.js")
    (tmp_path / "a.js").write_text("2")
    assert pages.Static(tmp_path).url("a.js") != first
    with pytest.raises(KeyError):
        pages.static.url("nothing.js")


def test_names_in_a_page_are_escaped() -> None:
    assert "<b>Lan</b>" not in page_text("staff", staff="<b>Lan</b>", outlet='"><script>alert(1)</script>')
    assert "&lt;script&gt;alert(1)" in page_text("shopper", outlet="<script>alert(1)</script>")


def test_the_map_is_that_of_the_outlet_s_province() -> None:
    elsewhere = msgspec.structs.replace(province(), city_name="Đông Hà", west=106.4)
    page = page_text("shopper", province=elsewhere)
    assert ">Đông Hà</text>" in page and 'data-west="106.4"' in page
    assert ">TP Hà Tĩnh</text>" in page_text("shopper")


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(jinja2.UndefinedError):
        pages.render("staff.html", outlet="x", illustrative=False)


@pytest.mark.parametrize("page", CONTEXT)
def test_the_banner_says_sample_data_exactly_when_it_is(page: str) -> None:
    shown = re.compile(r'<aside class="sample"[^>]*>')
    assert " hidden" not in shown.findall(page_text(page))[0]
    assert " hidden" in shown.findall(page_text(page, illustrative=False))[0]


@pytest.mark.parametrize("page", strings.PAGES)
def test_words_are_complete_in_both_languages(page: str) -> None:
    table = strings.words(page)
    assert set(table) == set(strings.LANGUAGES)
    assert set(table["vi"]) == set(table["en"])
    for key in table["vi"]:
        vi, en = table["vi"][key], table["en"][key]
        assert vi.strip() and en.strip(), key
        assert unicodedata.is_normalized("NFC", vi), key
        assert sorted(re.findall(r"\{\w+\}", vi)) == sorted(re.findall(r"\{\w+\}", en)), key


@pytest.mark.parametrize("page", strings.PAGES)
def test_every_sentence_a_page_asks_for_exists_and_every_one_is_asked_for(page: str) -> None:
    html = re.sub(r"<script.*?</script>", "", page_text(page), flags=re.DOTALL)
    text = html + "".join((HOST / f"static/{name}.js").read_text() for name in SCRIPTS[page])
    known = set(strings.words(page)["vi"])
    asked_for = {
        one or other
        for one, other in re.findall(r'data-say(?:-label|-placeholder)?="(\w+)"|say\("(\w+)"', text)
    }
    assert asked_for <= known
    # Others are named where a condition or a table chooses: "key", or `family_${member}`.
    families = tuple(re.findall(r"`(\w+_)\$\{", text))
    unused = {key for key in known - set(strings.sentences(strings.COMMON, "vi")) if f'"{key}"' not in text}
    assert {key for key in unused if not key.startswith(families or "?")} == set()


def test_the_service_and_the_till_agree_on_what_they_may_say() -> None:
    table = strings.words("staff")["vi"]
    for action in ("sell", "sell_and_flag", "supervisor", "refuse", "show", "accept", "ask", "refund"):
        assert f"action_{action}" in table
    for state in ("queued", "printing", "printed", "not_printed", "unknown"):
        assert f"print_{state}" in table
    for state in ("missing", "busy", "frozen", "dark", "blinded"):
        assert f"scanner_{state}" in table
