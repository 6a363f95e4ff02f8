"""Administrators: nobody's own account is changed past its own rules, and one is always left."""

import threading

import pytest

from office.access import accounts
from office.registry import RegistryError
from office.storage import database

PASSWORD = "một mật khẩu dài"


def add(engine, login, role):
    with database.writing(engine) as connection:
        accounts.add(connection, login, PASSWORD, role)


def change(engine, login, **values):
    with database.writing(engine) as connection:
        accounts.change(connection, login, **values)


def everybody(engine):
    with database.reading(engine) as connection:
        return {row.login: row for row in accounts.everybody(connection)}


@pytest.mark.parametrize("login", ["administrator", "Administrator", "ADMINISTRATOR", "%20Administrator"])
@pytest.mark.parametrize(
    "form",
    [
        {"act": "password", "password": "một mật khẩu khác"},
        {"act": "disable"},
        {"act": "forget"},
        {"act": "role", "role": "viewer"},
    ],
)
async def test_one_s_own_account_is_changed_by_another_however_it_is_spelt(desk, engine, login, form):
    add(engine, "other", "administrator")
    await desk.log_in("administrator")
    assert "phải do quản trị khác sửa" in await desk.post(f"/office/accounts/{login}", 422, **form)
    with database.reading(engine) as connection:
        found = accounts.check(connection, "administrator", PASSWORD)
    assert (found.role, found.second) == ("administrator", True)


async def test_another_s_account_is_found_in_capitals_and_told_by_its_login(desk, engine):
    add(engine, "lan", "officer")
    await desk.log_in("administrator")
    await desk.post("/office/accounts/LAN", act="disable")
    assert everybody(engine)["lan"].disabled
    assert "LAN" not in await desk.get("/office/history")
    await desk.post("/office/accounts/NOBODY", 422, act="forget")


@pytest.mark.parametrize("values", [{"disabled": True}, {"role": "viewer"}])
def test_the_last_administrator_stays_one(engine, values):
    add(engine, "an", "administrator")
    add(engine, "lan", "officer")
    with pytest.raises(RegistryError, match="an is the last administrator"):
        change(engine, "AN", **values)
    change(engine, "lan", **values)
    add(engine, "binh", "administrator")
    change(engine, "an", **values)
    with pytest.raises(RegistryError, match="binh is the last administrator"):
        change(engine, "binh", **values)
    change(engine, "binh", password="một mật khẩu khác")


def test_of_two_administrators_who_disable_each_other_at_once_one_stays(engine):
    add(engine, "an", "administrator")
    add(engine, "binh", "administrator")
    together, refused = threading.Barrier(2), []

    def disable(login):
        together.wait()
        try:
            change(engine, login, disabled=True)
        except RegistryError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=disable, args=(login,)) for login in ("an", "binh")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sum(not row.disabled for row in everybody(engine).values()) == 1
