"""Every page as every role, from outside: who may see and do what is exactly the table."""

import re

import pytest

from office.access import totp
from office.access.permissions import PERMISSIONS, ROLES
from office.pages.frame import SECOND_FACTOR
from office.storage import database

# Who may, row by row: administrator, registrar, (stamp) officer, inspector, producer, viewer.
OFFICE = """
A R O I - V  GET  /office
A R O I P V  GET  /office/account
A R O I P V  POST /office/account/password
A - - - - -  GET  /office/accounts
A - - - - -  POST /office/accounts
A - - - - -  POST /office/accounts/{login}
A R O I - V  GET  /office/alerts
A R O I - V  GET  /office/alerts/{alert}
A R O I - -  POST /office/alerts/{alert}
A R O - - -  POST /office/devices/{device}/agree
A R O I - V  GET  /office/devices/{device}/branches
A R O - - -  POST /office/devices/{device}/branches
A R O I - V  GET  /office/export/{name}.{form}
A R O I - V  GET  /office/files/{number}
A R - I - -  POST /office/files/{number}/remove
A R O I - V  GET  /office/fleet
A R O I - V  GET  /office/fleet.json
A R O I - V  GET  /office/fleet/{device}
A R O I - V  GET  /office/history
A R - I - -  POST /office/history/{number}/undo
A R - - - -  POST /office/files/{number}/show
A R O I - V  GET  /office/news
A R - - - -  GET  /office/import
A R - - - -  POST /office/import
A R - - - -  GET  /office/import/{id}
A R - - - -  POST /office/import/{id}
A R O I P V  POST /office/logout
A R O I - V  GET  /office/outlets
A R O - - -  POST /office/outlets/{outlet}/code
A R O I - V  GET  /office/reach/{record}/{key}
A R O I - V  GET  /office/reach/{record}/{key}/events
A R O I - V  GET  /office/registry
A R O I - V  GET  /office/registry/RECORDS
A R - - - -  GET  /office/registry/RECORDS/new
A R - - - -  POST /office/registry/RECORDS/new
A R O I - V  GET  /office/registry/RECORDS/{key}
A R - - - -  GET  /office/registry/RECORDS/{key}/edit
A R - - - -  POST /office/registry/RECORDS/{key}/edit
A R O I - V  GET  /office/registry/inspections
A - - I - -  GET  /office/registry/inspections/new
A - - I - -  POST /office/registry/inspections/new
A R O I - V  GET  /office/registry/inspections/{key}
A - - I - -  GET  /office/registry/inspections/{key}/edit
A - - I - -  POST /office/registry/inspections/{key}/edit
A - - I - -  GET  /office/registry/{kind}/{key}/end
A - - I - -  POST /office/registry/{kind}/{key}/end
A R - - - -  POST /office/registry/{kind}/{key}/files
A R O I - V  GET  /office/reports
A R O I - V  GET  /office/reports/{report}
A R O I - V  GET  /office/sales
A R O I P V  GET  /office/second-factor
A R O I P V  POST /office/second-factor
A R O I P V  GET  /office/stamps
A - O - P -  GET  /office/stamps/activate
A - O - P -  POST /office/stamps/activate
A R O I P V  GET  /office/stamps/batches/{batch}
A - O - - -  POST /office/stamps/batches/{batch}/print
A - O - - -  GET  /office/stamps/correct
A - O - - -  POST /office/stamps/correct
A - O - - -  GET  /office/stamps/correct-lot
A - O - - -  POST /office/stamps/correct-lot
A - O - - -  GET  /office/stamps/issue
A - O - - -  POST /office/stamps/issue
A R O I P V  GET  /office/stamps/statement
A R O I P V  GET  /office/stamps/statistics.xlsx
A - O - - -  GET  /office/stamps/void
A - O - - -  POST /office/stamps/void
"""
RECORDS = ("contracts", "lots", "outlets", "producers", "products", "recognitions", "targets", "trade_items")

# Open to all: shoppers' phones, the log-in, and what a device needs before anybody knows it.
PUBLIC = """
GET  /
GET  /01/{gtin}
GET  /01/{gtin}/21/{serial}
GET  /photos/{sha256}
GET  /office/login
POST /office/login
GET  /static
GET  /sync/v1/catalogue/root/{version}
GET  /sync/v1/time
POST /sync/v1/enrol
GET  /.well-known/gs1resolver
GET  /S/{signed}/01/{gtin}/21/{serial}
GET  /{address}
GET  /{r}/{device}/{seq}/{hash10}
GET  /{s}/{signed}/01/{gtin}/21/{serial}
OPTIONS /{path}
"""
# Only to a device, by its signature.
DEVICES = """
GET  /sync/v1/catalogue/current
GET  /sync/v1/head
GET  /sync/v1/journal/{device}
GET  /sync/v1/segments/{sha256}
GET  /sync/v1/photos/{sha256}
POST /sync/v1/health
POST /sync/v1/journal
POST /sync/v1/journal/{device}
"""

# Paths' variables, filled with what the sample has.
VALUES = {"outlet": "HT01", "kind": "lots", "key": "L1", "number": "999999", "login": "nobody", "name": "producers",
          "id": "0" * 32, "batch": "1", "alert": "999999", "form": "csv",
          "sha256": "0" * 64, "device": "HT01A", "record": "lots", "report": "sales"}  # fmt: skip


def lines(table):
    """Method and path of each line of a table, and what stands before them."""
    for line in table.strip().splitlines():
        *before, method, path = line.split()
        for name in RECORDS if "RECORDS" in path else ("",):
            yield (method, path.replace("RECORDS", name)), before


ALLOWED = {
    route: {role for role, letter in zip(ROLES, letters, strict=True) if letter != "-"}
    for route, letters in lines(OFFICE)
}


def address(path):
    """A path with its variables filled."""
    return re.sub(r"\{(\w+)\}", lambda match: VALUES[match[1]], path)


async def test_every_route_has_its_row(desk):
    served = {
        (route.method, route.resource.canonical)
        for route in desk.client.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    public, devices = ({route for route, _ in lines(table)} for table in (PUBLIC, DEVICES))
    assert served == {*ALLOWED, *public, *devices}


async def test_every_permission_names_roles_and_has_a_page(desk):
    assert all(roles <= set(ROLES) for roles in PERMISSIONS.values())
    used = {getattr(route.handler, "permission", None) for route in desk.client.app.router.routes()}
    assert used - {None} == set(PERMISSIONS)


@pytest.mark.parametrize("path", [route for route, _ in lines(DEVICES)], ids=" ".join)
async def test_only_a_signed_request_of_a_device_is_answered(desk, path):
    answer = await desk.client.request(path[0], address(path[1]), allow_redirects=False)
    assert answer.status == 401


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_sees_and_does_what_the_table_says_and_nothing_else(desk, role):
    await desk.log_in(role)
    for (method, path), roles in ALLOWED.items():
        if path == "/office/logout":
            continue
        data = {"csrf": desk.csrf} if method == "POST" else None
        answer = await desk.client.request(method, address(path), data=data, allow_redirects=False)
        allowed = role in roles
        if path == "/office" and role == "producer":  # is led to its stamps
            assert answer.status == 303
            continue
        assert (answer.status != 403) == allowed, (role, method, path, answer.status)
        if not allowed:
            assert "Tài khoản này không có quyền" in await answer.text()


async def test_nobody_sees_a_page_without_logging_in(desk):
    for method, path in ALLOWED:
        answer = await desk.client.request(method, address(path), allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/office/login"), (method, path)


async def test_no_form_counts_without_the_session_s_token_or_from_another_site(desk):
    await desk.log_in("administrator")
    for method, path in ALLOWED:
        if method == "POST":
            for data, headers in (({}, {}), ({"csrf": desk.csrf}, {"Sec-Fetch-Site": "cross-site"})):
                answer = await desk.client.post(
                    address(path), data=data, headers=headers, allow_redirects=False
                )
                assert answer.status == 403, path


async def test_an_administrator_without_a_second_factor_can_only_make_one(desk, clock):
    from office.access import accounts

    with database.writing(desk.engine) as connection:
        accounts.add(connection, "new", "một mật khẩu dài", "administrator", "Mới", clock[0])
    form = {"login": "new", "password": "một mật khẩu dài"}
    await desk.client.post("/office/login", data=form, allow_redirects=False)
    own = {"/office/account", SECOND_FACTOR}
    for method, path in ALLOWED:
        if method == "GET" and path not in own:
            answer = await desk.client.get(address(path), allow_redirects=False)
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
        answer = await desk.client.post("/office/login", data=form | {"code": wrong})
        assert answer.status == 403
    clock[0] += totp.STEP_MS
    form["code"] = totp.code(secret, clock[0] // totp.STEP_MS)
    answer = await desk.client.post("/office/login", data=form, allow_redirects=False)
    assert answer.headers["Location"] == "/office"


async def test_a_registrar_cannot_take_back_a_recall(desk):
    from office import registry
    from office.registry import changes

    with database.writing(desk.engine) as connection:
        registry.recall(connection, "L1", "x", "test", 0)
        (recalled,) = changes.history(connection, "recalls", "L1")
        (named,) = changes.history(connection, "settings", "~office_name")
    await desk.log_in("registrar")
    await desk.post(f"/office/history/{recalled.id}/undo", 403)
    await desk.log_in("inspector")
    await desk.post(f"/office/history/{named.id}/undo", 403)
    await desk.post(f"/office/history/{recalled.id}/undo")
    with database.reading(desk.engine) as connection:
        assert changes.history(connection, "recalls", "L1")[0].after is None
