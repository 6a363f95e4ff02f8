"""What programs ask of the resolver: link types, link sets, linked data, caching; and what it never tells."""

import asyncio
import json
import re
from datetime import date

import pytest
from sqlalchemy import select

from office import registry, schema, stamps
from office.outlets.ingest import ingest
from office.resolver import links, phone_looks
from office.resolver.goods import ANSWERS, TALLY
from office.resolver.guard import LIMITS
from office.resolver.limits import Limits, client
from office.storage import database
from office.web.keys_app import SETTINGS

VOC = "https://ref.gs1.org/voc/"


def base_url(phone):
    return phone.app[SETTINGS].base_url


async def ask(phone, path, status=200, **more):
    answer = await phone.get(path, allow_redirects=False, **more)
    assert answer.status == status, (path, answer.status)
    return answer


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", links.HTML),
        ("*/*", links.HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", links.HTML),
        ("application/linkset+json", links.LINKSET),
        ("application/json", links.LINKSET),
        ("application/ld+json", links.LINKED_DATA),
        ("application/ld+json;q=0.9, text/html;q=0.8", links.LINKED_DATA),
        ("application/ld+json, text/html", links.HTML),
        ("APPLICATION/LD+JSON; Q=1", links.LINKED_DATA),
        ("application/ld+json;q=x, image/png", links.HTML),
        ("application/linkset+json;q=0", links.HTML),
    ],
)
def test_the_answer_is_of_the_media_type_asked_for(accept, media):
    assert links.wanted(accept) == media


@pytest.mark.parametrize("how", [{"params": {"linkType": "linkset"}}, {"params": {"linkType": "all"}},
                                 {"headers": {"Accept": "application/linkset+json"}},
                                 {"headers": {"Accept": "application/json"}}])  # fmt: skip
async def test_a_link_set_names_every_link_of_the_goods(phone, stamp, how):
    path = stamp(1)
    answer = await ask(phone, path, **how)
    assert answer.content_type == "application/linkset+json"
    (context,) = json.loads(await answer.text())["linkset"]
    base = phone.app[SETTINGS].base_url
    assert (context["anchor"], context["description"]) == (base + path, "Mật ong")
    assert set(context) - {"anchor", "description"} == {
        VOC + name
        for name in ("defaultLink", "pip", "masterData", "certificationInfo", "verificationService")
    }
    assert [(link["href"], link["hreflang"]) for link in context[VOC + "pip"]] == [
        (f"{base}{path}", ["vi"]), (f"{base}{path}?lang=en", ["en"]),
    ]  # fmt: skip
    # The default link is one, with a title and nothing else, and stands under a type that says what it is.
    (default,) = context[VOC + "defaultLink"]
    assert default == {"href": base + path, "title": "Mật ong"}
    assert default["href"] in [link["href"] for link in context[VOC + "pip"]]
    assert 'rel="linkset"' in answer.headers["Link"]
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["Link"]


async def test_every_link_of_the_set_leads_somewhere_of_the_type_it_says(phone, gtin, engine, now):
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "Mốc", "test", now)
    answer = await ask(phone, f"/01/{gtin}", params={"linkType": "linkset"})
    (context,) = json.loads(await answer.text())["linkset"]
    base = phone.app[SETTINGS].base_url
    for rel, found in context.items():
        if rel.startswith(VOC):
            for link in found:
                path, _, fragment = link["href"].removeprefix(base).partition("#")
                target = await ask(phone, path)
                assert target.content_type == link.get("type", "text/html"), link
                if fragment:
                    assert f'id="{fragment}"' in await target.text()


PREFIXES = ("gs1:", "https://ref.gs1.org/voc/", "https://gs1.org/voc/", "https://www.gs1.org/voc/")


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_link_type_leads_to_its_link(phone, gtin, prefix):
    answer = await ask(phone, f"/01/{gtin}", 307, params={"linkType": prefix + "pip"})
    assert answer.headers["Location"] == base_url(phone) + f"/01/{gtin}"
    assert answer.headers["Link"].endswith(
        "/01/" + gtin + '?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
    )
    answer = await ask(phone, f"/01/{gtin}", 307, params={"linkType": "gs1:masterData"})
    data = await ask(phone, answer.headers["Location"].removeprefix(base_url(phone)))
    assert data.content_type == "application/ld+json"


@pytest.mark.parametrize(
    ("query", "accepted", "expected"),
    [
        ("", "en-GB,en;q=0.9,vi;q=0.8", "?lang=en"),
        ("", "fr, vi-VN;q=0.5, en;q=0.4", ""),
        ("", "fr", ""),
        ("&lang=en", "vi", "?lang=en"),
        ("&lang=vi", "en", "?lang=vi"),
        ("&17=261231&foo=b%20r", "", "?17=261231&foo=b+r"),
        ("&foo=bar&lang=en", "", "?lang=en&foo=bar"),
    ],
)
async def test_a_link_is_in_the_language_asked_for_and_takes_the_rest_of_the_query_along(
    phone, gtin, query, accepted, expected
):
    answer = await ask(
        phone, f"/01/{gtin}?linkType=gs1:pip{query}", 307, headers={"Accept-Language": accepted}
    )
    assert answer.headers["Location"] == base_url(phone) + f"/01/{gtin}{expected}"


async def test_no_address_leads_to_another_host(phone, gtin):
    reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
    writer.write(b"GET //evil.example/01/%s?linkType=gs1:pip HTTP/1.1\r\nHost: x\r\n\r\n" % gtin.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    assert f"Location: {base_url(phone)}//evil.example/01/{gtin}\r\n" in answer


@pytest.mark.parametrize(
    "more",
    ["/", "/22/2A", "/10/LO-7", "/10/a%2Fb", "/22/2A/10/LO-7", "/10/LO-7/", "?17=261231", "?10=x&unknown"],
)
async def test_variants_lots_attributes_and_a_slash_are_understood(phone, gtin, more):
    plain = await (await ask(phone, f"/01/{gtin}")).text()
    answer = await ask(phone, f"/01/{gtin}{more}")
    assert await answer.text() == plain
    path = f"/01/{gtin}{more}".partition("?")[0].rstrip("/")
    answer = await phone.get(f"/01/{gtin}{more.partition('?')[0]}", params={"linkType": "linkset"})
    (context,) = json.loads(await answer.text())["linkset"]
    assert context["anchor"] == phone.app[SETTINGS].base_url + path


async def test_a_stamp_with_a_slash_at_its_end_or_in_small_letters_is_the_same(phone, stamp):
    plain = await (await ask(phone, stamp(1))).text()
    assert "Tem thật" in plain
    assert await (await ask(phone, stamp(1) + "/")).text() == plain
    assert await (await ask(phone, stamp(1).lower())).text() == plain


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/01/08930000000018", 400),  # its check digit
        ("/01/0893000000001", 400),  # 13 digits that are no GTIN-13
        ("/01/{gtin}/foo", 400),
        ("/01/{gtin}/17/261231", 400),  # an attribute in the path
        ("/01/{gtin}/10/L1/22/2A", 400),  # qualifiers in another order
        ("/01/{gtin}/10/" + "L" * 21, 400),
        ("/00/123456789012345678", 400),
        ("/00/089300000000000019", 404),  # well-formed, of a key that is not resolved here
        ("/414/8930000000002", 404),
        ("/01/08930000000033", 404),  # goods that nobody knows
        ("/01/08930000000033/10/L1", 404),
        ("/nothing", 404),
        ("/office/nothing", 404),
    ],
)
async def test_what_is_wrong_is_400_and_what_is_unknown_404(phone, gtin, path, status):
    await ask(phone, path.replace("{gtin}", gtin), status)
    await ask(phone, path.replace("{gtin}", gtin), status, headers={"Accept": "application/linkset+json"})


async def test_the_link_set_has_the_shape_that_gs1_s_schema_asks_for(phone, stamp, gtin):
    """The rules of linkset-schema 1.2.0, in our words: what it calls required, and the form of each value."""
    for path in (stamp(1), f"/01/{gtin}", f"/01/{gtin}/10/L1"):
        told = json.loads(await (await ask(phone, path, params={"linkType": "linkset"})).text())
        assert list(told) == ["linkset"]
        for context in told["linkset"]:
            assert re.match(r"https?://[A-Za-z0-9./]+", context.pop("anchor"))
            assert isinstance(context.pop("description"), str)
            for rel, found in context.items():
                assert re.fullmatch(r"https?://[A-Za-z0-9./]+", rel)
                for link in found:
                    assert re.match(r"https?://[A-Za-z0-9./]+", link.pop("href"))
                    assert link.pop("title")
                    assert re.fullmatch(r"\w+/[-+.\w]+", link.pop("type", "a/b"))
                    assert all(re.fullmatch(r"\w{2}", tag) for tag in link.pop("hreflang", []))
                    assert link == {}


async def test_a_link_that_is_not_there_is_not_found(phone, gtin, stamp):
    for name in ("gs1:recallStatus", "gs1:epcis", "schema:Thing", "", "gs1:"):
        await ask(phone, f"/01/{gtin}", 404, params={"linkType": name})
    await ask(phone, "/01/08930000000033", 404, params={"linkType": "linkset"})
    await ask(phone, "/01/123", 400, params={"linkType": "gs1:pip"})


async def test_a_recalled_lot_has_its_link(phone, stamp, engine, now):
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "Mốc", "test", now)
    answer = await ask(phone, stamp(1), 307, params={"linkType": "gs1:recallStatus"})
    assert answer.headers["Location"].endswith("#recall")
    assert 'id="recall"' in await (await ask(phone, stamp(1))).text()


async def test_linked_data_says_what_the_page_says(phone, stamp, gtin):
    answer = await ask(phone, stamp(1), headers={"Accept": "application/ld+json"})
    told = json.loads(await answer.text())
    assert told["@type"] == "IndividualProduct"  # one with a serial number, in schema.org's words
    assert (told["gtin"], told["serialNumber"], told["productionDate"]) == (gtin, "1", "2026-10-01")
    assert told["name"][0] == {"@language": "vi", "@value": "Mật ong"}
    assert told["manufacturer"]["name"] == "HTX Mật ong"
    assert told["hasCertification"]["certificationRating"]["ratingValue"] == 4
    assert {"@type": "PropertyValue", "name": "verdict", "value": "genuine"} in told["additionalProperty"]


async def test_the_resolver_describes_itself(phone):
    answer = await ask(phone, "/.well-known/gs1resolver")
    told = await answer.json()
    assert told["resolverRoot"] == phone.app[SETTINGS].base_url
    assert told["supportedPrimaryKeys"] == ["01"]
    assert told["supportedLinkType"] == [{"namespace": VOC, "prefix": "gs1:"}]
    assert told["linkTypeDefaultCanBeLinkset"] is False
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_other_sites_pages_may_ask(phone, stamp, gtin):
    for path in (stamp(1), f"/01/{gtin}", f"/01/{gtin}/21/5"):
        assert (await ask(phone, path)).headers["Access-Control-Allow-Origin"] == "*"
        answer = await phone.options(path)
        assert (answer.status, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
        assert (await phone.head(path)).status == 200
        assert (await phone.post(path)).status == 405


# --- kept, and never for too long ---------------------------------------------------------------


async def test_a_page_may_be_kept_and_is_asked_for_again_each_time(phone, stamp, engine, now):
    first = await ask(phone, stamp(1))
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Vary"] == "Accept, Cookie"
    again = await ask(phone, stamp(1), 304, headers={"If-None-Match": tag})
    assert await again.text() == ""
    assert again.headers["ETag"] == tag
    for sent in (f"W/{tag}", f'"x", W/{tag}', "*"):  # a proxy that compresses calls the tag weak
        await ask(phone, stamp(1), 304, headers={"If-None-Match": sent})
    await ask(phone, stamp(1), 200, headers={"If-None-Match": '"x"'})
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "Mốc", "test", now)
    changed = await ask(phone, stamp(1), 200, headers={"If-None-Match": tag})
    assert "Mốc" in await changed.text()


async def test_what_is_kept_gives_way_to_every_kind_of_change(phone, stamp, engine, enrolled, gtin, now):
    async def page():
        return await (await ask(phone, stamp(1))).text()

    assert "Tem thật" in await page()
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    assert "Đã bán" in await page()
    device.undo("void", "HT01A", 1, gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    assert "Đã bán" not in await page()
    with database.writing(engine) as connection:
        registry.put(connection, registry.Setting(name="office_name", value="Văn phòng mới"), "test", now)
    assert "Văn phòng mới" in await page()
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 1, 1, "hỏng", "test", now)
    assert "Tem thật" not in await page()


async def test_an_answer_is_kept_for_half_a_second_and_no_longer(phone, stamp, engine, now):
    answers = phone.app[ANSWERS]
    answers.fresh = 1e9
    await ask(phone, stamp(1))
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "Mốc", "test", now)
    assert "Mốc" not in await (await ask(phone, stamp(1))).text()
    answers.fresh = -1.0
    assert "Mốc" in await (await ask(phone, stamp(1))).text()


async def test_what_one_person_asked_is_in_nobody_else_s_page(phone, stamp):
    await ask(phone, stamp(1), params={"fbclid": "secret", "lang": "vi"})
    answer = await ask(phone, stamp(1))
    assert "secret" not in await answer.text()
    assert "Set-Cookie" not in answer.headers
    english = await ask(phone, stamp(1), params={"lang": "en"})
    assert "Set-Cookie" in english.headers
    assert 'lang="en"' in await english.text()


async def test_forged_stamps_fill_no_memory(phone, stamp, gtin):
    forged = stamp(1)
    for serial in range(2, 12):
        await ask(phone, forged.replace("/21/1", f"/21/{serial}"))
        await ask(phone, f"/01/{gtin}/21/{serial}")
    kept = phone.app[ANSWERS]._kept
    assert all("/S/" not in key[0] for key in kept)


# --- looks of phones ----------------------------------------------------------------------------


@pytest.fixture
def looks(phone, engine, gtin):
    async def read(serial):
        await phone.app[TALLY].write()
        with database.reading(engine) as connection:
            return [one.looks for one in phone_looks.of_stamp(connection, gtin, serial)]

    return read


async def test_a_phone_s_look_counts_for_the_stamp_and_the_reports(phone, stamp, looks, engine, gtin):
    tag = (await ask(phone, stamp(1))).headers["ETag"]
    await ask(phone, stamp(1), 304, headers={"If-None-Match": tag})
    await ask(phone, stamp(1), headers={"Accept": "application/json"})  # a program, not a person
    await phone.head(stamp(1))
    await ask(phone, f"/01/{gtin}")
    assert await looks(1) == [2]
    await ask(phone, stamp(1))
    assert await looks(1) == [3]
    table = schema.look_rollups
    with database.reading(engine) as connection:
        query = select(table.c.gtin, table.c.looks).where(table.c.span == "day", table.c.outlet == "")
        assert dict(map(tuple, connection.execute(query))) == {gtin: 4, "*": 4}


@pytest.mark.parametrize(
    ("headers", "counted"),
    [
        ({"User-Agent": "Mozilla/5.0 (Linux; Android 14; CUBOT NOTE 50) Chrome/130.0 Mobile Zalo/24"}, [1]),
        ({"User-Agent": "facebookexternalhit/1.1"}, []),
        ({"User-Agent": "WhatsApp/2.24.1 A"}, []),
        ({"User-Agent": "Mozilla/5.0 (compatible; coccocbot-web/1.0)"}, []),
        ({"User-Agent": "Mozilla/5.0 (iPhone)", "Sec-Purpose": "prefetch;prerender"}, []),
    ],
)
async def test_previews_in_chats_search_engines_and_prefetches_are_no_looks(
    phone, stamp, looks, headers, counted
):
    await ask(phone, stamp(1), headers=headers)
    assert await looks(1) == counted


async def test_only_signed_stamps_are_counted_one_by_one(phone, stamp, looks, engine, gtin):
    await ask(phone, stamp(1).replace("/21/1", "/21/2"))  # the signature is another's
    await ask(phone, f"/01/{gtin}/21/3")  # without one
    await ask(phone, stamp(5, "08930000000033"))  # signed, of goods that nobody knows
    assert await looks(2) == await looks(3) == []
    with database.reading(engine) as connection:
        assert [row.gtin for row in connection.execute(select(schema.phone_looks))] == []
        table = schema.look_rollups
        gtins = connection.execute(select(table.c.gtin).where(table.c.span == "day")).scalars().all()
    assert set(gtins) <= {gtin, "", "*"}


async def test_looks_that_cannot_be_written_now_wait(phone, stamp, looks, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def refuse(*_):
        raise OperationalError("x", {}, Exception("disk full"))

    await ask(phone, stamp(1))
    with monkeypatch.context() as patch:
        patch.setattr(phone_looks, "add", refuse)
        await phone.app[TALLY].write()
    assert await looks(1) == [1]


async def test_the_looks_of_a_deleted_stamp_are_deleted(phone, stamp, looks, engine, now):
    await ask(phone, stamp(1))
    assert await looks(1) == [1]
    later = int(now + 500 * 86_400_000)
    assert stamps.delete_expired(engine, later) == 50
    assert await looks(1) == []


# --- how often ----------------------------------------------------------------------------------


def test_a_client_may_ask_a_burst_and_then_at_a_steady_rate():
    limits = Limits(rate=2, burst=3)
    assert [limits.wait("a", 10.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limits.wait("b", 10.0) == 0
    assert limits.wait("a", 10.4) > 0
    assert limits.wait("a", 10.5) == 0
    assert limits.wait("a", 10.5) == 0.5


def test_a_guess_costs_more():
    limits = Limits(rate=1, burst=10)
    assert limits.wait("a", 0.0) == 0
    limits.charge("a", 0.0, 20)
    assert limits.wait("a", 0.0) == 12


def test_the_memory_of_clients_is_bounded():
    limits = Limits(rate=1, burst=1, most=100)
    for number in range(1000):
        limits.wait(str(number), 0.0)
    assert len(limits) == 100


async def test_whoever_asks_too_often_waits_and_others_do_not(phone, stamp):
    phone.app._state[LIMITS] = Limits(0.01, 2)
    for _ in range(2):
        await ask(phone, stamp(1))
    answer = await ask(phone, stamp(1), 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 100
    assert "hãy thử lại sau" in await answer.text()
    await ask(phone, "/nothing", 429)
    await ask(phone, "/R/HT01A/1/AAAAAAAAAA", 429)
    await ask(phone, "/office/login")


@pytest.mark.parametrize(
    ("header", "sent", "expected"),
    [
        ("", {"X-Forwarded-For": "1.2.3.4"}, "127.0.0.1"),  # no header is believed unless told to
        ("X-Forwarded-For", {}, "127.0.0.1"),
        ("X-Forwarded-For", {"X-Forwarded-For": "6.6.6.6, 1.2.3.4"}, "1.2.3.4"),  # the last is our proxy's
        ("X-Forwarded-For", {"X-Forwarded-For": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"),
        ("X-Forwarded-For", {"X-Forwarded-For": "::ffff:1.2.3.4"}, "1.2.3.4"),
        ("X-Forwarded-For", {"X-Forwarded-For": "6.6.6.6, 1.2.3.4:4711"}, "1.2.3.4"),
        ("X-Forwarded-For", {"X-Forwarded-For": "[2001:db8:1:2:3:4:5:6]:4711"}, "2001:db8:1:2::/64"),
        ("X-Real-IP", {"X-Real-IP": "no address", "X-Forwarded-For": "1.2.3.4"}, "no address"),
    ],
)
def test_who_asks(header, sent, expected):
    from aiohttp.test_utils import make_mocked_request

    class Transport:
        def get_extra_info(self, name, default=None):
            return ("127.0.0.1", 1) if name == "peername" else default

    request = make_mocked_request("GET", "/", headers=sent, transport=Transport())
    assert client(request, header) == expected


# --- what it never tells ------------------------------------------------------------------------


async def test_no_answer_tells_of_other_serials_or_of_what_a_shop_sells(
    phone, stamp, engine, enrolled, gtin, now
):
    device = enrolled("HT01A")
    for serial in (41, 42, 43):
        device.sell(gtin, serial, price=987_000)
    ingest(engine, "HT01A", device.segment(), now)
    with database.writing(engine) as connection:
        registry.put(connection, registry.Pattern("old", "http://x.vn/{item}", {"MO": gtin}, date(2027, 1, 1)),
                     "test", now)  # fmt: skip
    for path in (stamp(41), stamp(7), f"/01/{gtin}", f"/01/{gtin}/21/41"):
        for accept in ("text/html", "application/ld+json", "application/linkset+json"):
            # Of a stamp without a signature programs are told nothing.
            status = 404 if path == f"/01/{gtin}/21/41" and accept != "text/html" else 200
            text = await (await ask(phone, path, status, headers={"Accept": accept})).text()
            for secret in ("987", "HT01A", "/21/42", 'serialNumber": "42', ">42<", "An<", "x.vn"):
                assert secret not in text, (path, accept, secret)


async def test_many_phones_at_once_get_the_same_answer(phone, stamp):
    phone.app[ANSWERS].fresh = 1e9
    texts = await asyncio.gather(*(ask(phone, stamp(1)) for _ in range(30)))
    assert len({answer.headers["ETag"] for answer in texts}) == 1
