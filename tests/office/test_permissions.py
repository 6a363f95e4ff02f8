"""Every page as every role, from outside: who may see and do what is exactly the table."""

import re

import pytest

from office import database, totp
from office.pages.frame import SECOND_FACTOR
from office.permissions import PERMISSIONS, ROLES

# Paths' variables, filled with what the sample has.
VALUES = {"outlet": "HT01", "kind": "lots", "key": "L1", "number": "999999", "login": "nobody", "name": "producers",
          "id": "0" * 32, "batch": "1", "alert": "999999", "form": "csv",
          "device": "HT01A", "record": "lots"}  # fmt: skip
PUBLIC = {"/", "/office/login"}


def routes(desk):
    """(method, path with its variables filled, permission) of every page for staff."""
    found = []
    for route in desk.client.app.router.routes():
        resource = route.resource
        if resource is None or not resource.canonical.startswith("/office") or route.method == "HEAD":
            continue
        permission = getattr(route.handler, "permission", None)
        path = re.sub(r"\{(\w+)\}", lambda match: VALUES[match[1]], resource.canonical)
        if resource.canonical in PUBLIC:
            continue
        assert permission in PERMISSIONS, f"{route.method} {resource.canonical} has no permission"
        found.append((route.method, path, permission))
    return found


async def test_the_table_names_only_roles(desk):
    assert all(roles <= set(ROLES) for roles in PERMISSIONS.values())
    assert {permission for _, _, permission in routes(desk)} == set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_sees_and_does_what_the_table_says_and_nothing_else(desk, role):
    await desk.log_in(role)
    for method, path, permission in routes(desk):
        if path == "/office/logout" or (path == "/office" and role == "producer"):
            continue
        data = {"csrf": desk.csrf} if method == "POST" else None
        answer = await desk.client.request(method, path, data=data, allow_redirects=False)
        allowed = role in PERMISSIONS[permission]
        assert (answer.status != 403) == allowed, (role, method, path, answer.status)
        if not allowed:
            assert "Tài khoản này không có quyền" in await answer.text()


async def test_nobody_sees_a_page_without_logging_in(desk):
    for method, path, _ in routes(desk):
        answer = await desk.client.request(method, path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/office/login"), (method, path)


async def test_no_form_counts_without_the_session_s_token_or_from_another_site(desk):
    await desk.log_in("administrator")
    for method, path, _ in routes(desk):
        if method == "POST":
            for data, headers in (({}, {}), ({"csrf": desk.csrf}, {"Sec-Fetch-Site": "cross-site"})):
                answer = await desk.client.post(path, data=data, headers=headers, allow_redirects=False)
                assert answer.status == 403, path


async def test_an_administrator_without_a_second_factor_can_only_make_one(desk, clock):
    from office import accounts

    with database.writing(desk.engine) as connection:
        accounts.add(connection, "new", "một mật khẩu dài", "administrator", "Mới", clock[0])
    form = {"login": "new", "password": "một mật khẩu dài"}
    await desk.client.post("/office/login", data=form, allow_redirects=False)
    for method, path, permission in routes(desk):
        if method == "GET" and permission != "own":
            answer = await desk.client.get(path, allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (303, SECOND_FACTOR), path
    page = await desk.get(SECOND_FACTOR)
    desk.csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
    spelt = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    secret = __import__("base64").b32decode(spelt)
    await desk.post(SECOND_FACTOR, 422, code="000000")
    code = totp.code(secret, clock[0] // totp.STEP_MS)
    assert await desk.post(SECOND_FACTOR, code=code) == "/office"
    await desk.get("/office/accounts")
    # From now on the password alone, a wrong code, or one that was used, opens nothing.
    for wrong in ("", "000000", code):
        answer = await desk.client.post("/office/login", data=form | {"code": wrong}, allow_redirects=False)
        assert answer.status == 403
    clock[0] += totp.STEP_MS
    form["code"] = totp.code(secret, clock[0] // totp.STEP_MS)
    answer = await desk.client.post("/office/login", data=form, allow_redirects=False)
    assert answer.status == 303


async def test_a_registrar_cannot_take_back_a_recall(desk):
    from office import registry
    from office.registry import changes

    with database.writing(desk.engine) as connection:
        registry.recall(connection, "L1", "x", "test", 0)
        (recalled,) = changes.history(connection, "recalls", "L1")
        (named,) = changes.history(connection, "settings", "~province")
    await desk.log_in("registrar")
    await desk.post(f"/office/history/{recalled.id}/undo", 403)
    await desk.log_in("inspector")
    await desk.post(f"/office/history/{named.id}/undo", 403)
    await desk.post(f"/office/history/{recalled.id}/undo")
    with database.reading(desk.engine) as connection:
        assert changes.history(connection, "recalls", "L1")[0].after is None
