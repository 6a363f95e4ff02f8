"""What GS1's own test suite for resolvers asks for (GS1DL-resolver-testsuite, read in its state of 2025), in our words.

Its question of the default link is not here: ours is answered at once instead of by a redirect (docs/decisions/0021).
"""

import json

import pytest

from office.web.keys_app import SETTINGS

VOC = "https://ref.gs1.org/voc/"
# Of GS1's vocabulary, those that we use.
RATIFIED = {
    "allergenInfo", "certificationInfo", "consumerHandlingStorageInfo", "defaultLink", "ingredientsInfo", "masterData",
    "pip", "recallStatus", "verificationService",
}  # fmt: skip


@pytest.fixture(params=["stamp", "goods", "lot"])
def path(request, stamp, gtin):
    return {"stamp": stamp(1), "goods": f"/01/{gtin}", "lot": f"/01/{gtin}/10/L1"}[request.param]


@pytest.fixture
def head(phone):
    """Headers and status of an answer to HEAD."""

    async def ask(path, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await phone.head(path, headers={"Accept": "*/*"} | sent, allow_redirects=False)

    return ask


async def test_other_sites_may_ask_and_the_link_set_is_named(phone, head, path):
    answer = await head(path)
    assert answer.headers["Access-Control-Allow-Origin"]
    assert 'rel="linkset"' in answer.headers["Link"]
    assert 'rel="gs1:' not in answer.headers["Link"]
    options = await phone.options(path, headers={"Access-Control-Request-Method": "GET,HEAD,OPTIONS"})
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Access-Control-Allow-Methods"].split(", "))


async def test_what_breaks_the_syntax_is_400_and_a_slash_at_the_end_does_not(head, path):
    assert (await head(path + "/foo")).status == 400
    assert (await head(path)).status == (await head(path + "/")).status == 200


async def test_the_link_set_is_given_and_not_redirected_to(phone, head, path):
    assert (await head(path + "?linkType=linkset")).status == 200
    assert (await head(path + "?linkType=all", Accept="application/linkset+json")).status == 200
    answer = await phone.get(path, headers={"Accept": "application/linkset+json"})
    assert answer.headers["Content-Type"] == "application/linkset+json"
    context = next(link for link in answer.headers["Link"].split(",") if "json-ld#context" in link)
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in context and 'type="application/ld+json"' in context


async def test_each_link_of_the_set_is_where_asking_for_it_leads(phone, head, path):
    answer = await phone.get(path, headers={"Accept": "application/linkset+json"})
    (found,) = json.loads(await answer.text())["linkset"]
    assert found.pop("anchor") == phone.app[SETTINGS].base_url + path
    assert found.pop("description")
    assert {name.removeprefix(VOC) for name in found} <= RATIFIED
    (default,) = found.pop(VOC + "defaultLink")
    assert sorted(default) == ["href", "title"]
    for name, targets in found.items():
        for target in targets:
            wanted = path + "?linkType=" + name.replace(VOC, "gs1:")
            answer = await head(wanted, Accept=target["type"], Accept_Language=target["hreflang"][0])
            assert (answer.status, answer.headers["Location"]) == (307, target["href"])
    assert (await head(path + "?linkType=gs1:nosuchlt")).status == 404


async def test_what_has_no_links_has_no_link_set(phone, head, gtin):
    path = f"/01/{gtin}/21/1"  # an unsigned serial: nobody's stamp
    for more in ({"Accept": "application/linkset+json"}, {"Accept": "application/ld+json"}):
        assert (await head(path, **more)).status == 404
    assert (await head(path + "?linkType=linkset")).status == 404
    assert (await head(path)).status == 200
