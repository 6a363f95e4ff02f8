"""Pages that answer a form are fetched after a redirect, so that a browser can go back to them."""

import re

import pytest
from sqlalchemy import select

from office import schema, service
from office.storage import database

ISSUE = {"gtin": "08930000000019", "count": "500"}


def kept(engine):
    with database.reading(engine) as connection:
        return connection.execute(select(schema.uploads)).all()


async def sent(desk, path, **fields):
    """Where a form's answer is to be seen."""
    answer = await desk.client.post(path, data={"csrf": desk.csrf} | fields, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def test_what_a_form_is_answered_with_can_be_seen_again(desk, engine):
    await desk.log_in("registrar")
    at = await sent(desk, "/office/registry/producers/new", id="P 9", name="HTX <Mới>")
    assert re.fullmatch(r"/office/registry/producers/new\?answer=[0-9a-f]{32}", at)
    for _ in range(2):
        page = await desk.get(at, 422)
        assert 'value="HTX &lt;Mới&gt;"' in page and "Mã gồm 1 đến 40 chữ" in page
    (row,) = kept(engine)
    assert b"HTX" not in row.data  # sealed


async def test_what_was_done_is_not_offered_again(desk, engine):
    await desk.log_in("officer")
    at = await sent(desk, "/office/stamps/issue", **ISSUE)
    page = await desk.get(at)
    assert "Kiểm tra lại rồi xác nhận" in page
    once = re.search(r'name="once" value="([0-9a-f]{32})"', page)[1]
    assert (await sent(desk, at, **ISSUE, once=once)).startswith("/office/stamps/batches/")
    answer = await desk.client.get(at, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/office/stamps/issue")
    assert [row.name for row in kept(engine)] == ["once"]


async def test_nobody_sees_the_answer_to_another(desk):
    await desk.log_in("registrar")
    at = await sent(desk, "/office/registry/producers/new", id="P 9")
    await desk.log_in("administrator")
    answer = await desk.client.get(at, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/office/registry/producers/new")


async def test_a_day_later_it_is_gone(desk, engine, clock):
    await desk.log_in("registrar")
    at = await sent(desk, "/office/registry/producers/new", id="P 9")
    clock[0] += 86_400_001
    await desk.log_in("registrar")
    await sent(desk, "/office/registry/producers/new", id="P 8")
    assert len(kept(engine)) == 1
    await desk.get(at, 303)


async def test_the_other_language_of_an_answer_is_that_of_its_page(desk):
    await desk.log_in("registrar")
    page = await desk.post("/office/history/1/undo", 422)  # an address that has no page of its own
    (path,) = set(re.findall(r'href="([^"]+)\?lang=en"', page))
    assert path == "/office/history"


async def test_after_a_log_in_that_failed_the_page_says_so(desk):
    form = {"login": "registrar", "password": "falsch"}
    answer = await desk.client.post("/office/login", data=form, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/office/login?problem=wrong")
    assert "không đúng" in await desk.get("/office/login?problem=wrong", 403)
    assert "không đúng" not in await desk.get("/office/login?problem=nothing")


async def test_an_import_is_looked_at_at_an_address_of_its_own_and_its_end_is_kept(desk):
    await desk.log_in("registrar")
    at = await desk.upload("/office/import", "a.csv", "Mã,Tên chủ thể\nN1,x\n".encode(), 303)
    for _ in range(2):
        assert "Tệp đúng. Chưa ghi gì." in await desk.get(at)
    page = await desk.post(at, 200)
    end = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', page)[1]
    assert end.startswith("/office/import?answer=")
    assert "Đã nhập xong." in await desk.get(end)
    assert "không còn nữa" in await desk.get(at, 404)


@pytest.mark.only_on("sqlite")
async def test_every_form_s_answer_has_a_page_to_be_seen_at(engine, office_settings):
    router = service.build(office_settings).router
    pages = [resource for resource in router.resources() if any(route.method == "GET" for route in resource)]
    for route in router.routes():
        if route.method == "POST" and hasattr(route.handler, "at"):
            at = route.handler.at or route.resource.canonical
            path = re.sub(r"\{\w+\}", "1", at.replace("{kind}", "lots"))
            assert any(page._match(path) is not None for page in pages), (route, at)


async def test_an_address_that_asks_for_no_kept_page_is_the_page_itself(desk):
    await desk.log_in("registrar")
    file = await desk.upload("/office/import", "a.csv", "Mã,Tên chủ thể\nN1,x\n".encode(), 303)
    assert await desk.get(f"/office/outlets?answer={file.rpartition('/')[-1]}", 303) is not None
    for wrong in ("", "x", "%00", "0" * 33):
        await desk.get(f"/office/outlets?answer={wrong}")
