"""Staff and PINs."""

import pytest

from kiosk.host.data import database
from kiosk.host.web.access import Person, Sessions, add


@pytest.fixture
def db(tmp_path):
    made = database.connect(tmp_path)
    add(made, Person("nv1", "An", "clerk"), "123456")
    yield made
    made.close()


async def test_the_right_pin_opens_a_session_and_log_out_ends_it(db):
    sessions = Sessions(db)
    token, person = await sessions.log_in("123456")
    assert person == Person("nv1", "An", "clerk")
    assert sessions.person(token) == person
    sessions.log_out(token)
    assert sessions.person(token) is None


async def test_a_wrong_pin_opens_nothing(db):
    assert await Sessions(db).log_in("000000") is None


async def test_a_made_up_token_is_nobody(db):
    assert Sessions(db).person("x" * 43) is None
    assert Sessions(db).person(None) is None


@pytest.mark.parametrize("pin", ["12345", "1234567", "12345a", "１２３４５６", ""])
def test_a_pin_is_six_digits(db, pin):
    with pytest.raises(ValueError, match="six digits"):
        add(db, Person("nv2", "Bình", "clerk"), pin)


def test_two_people_cannot_have_one_pin(db):
    with pytest.raises(ValueError, match="taken"):
        add(db, Person("nv2", "Bình", "clerk"), "123456")


async def test_a_new_pin_replaces_the_old(db):
    add(db, Person("nv1", "An", "clerk"), "654321")
    assert await Sessions(db).log_in("123456") is None
    assert await Sessions(db).log_in("654321") is not None


def test_no_pin_is_stored(db, tmp_path):
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"123456" not in (tmp_path / "outlet.db").read_bytes()
