"""What `ocop status`, a failed `ocop sync` and the strip say: the advice fits the cause, in both languages."""

import sqlite3
import time
from pathlib import Path

import pytest

from kiosk.host.data.journal import StorageError
from kiosk.host.link import status, troubles
from kiosk.host.web import strings
from sync.envelopes import SyncError
from sync.host.office import OfficeError

CONFIG = Path("/etc/ocop/outlet.toml")
OWN = ("not_enrolled", "renewing", "pending")  # states of sync that are no trouble's word
NOW = 1_795_600_000_000


def told(state="ok", age="confirmed", last=0, clock="sure", waiting=0, detail="", ahead=None, follows=False):
    """The halves of the sentence about such a status; `last`: seconds since the last contact, None for none."""
    contact = None if last is None else int((time.time() - last) * 1000)
    office = {"state": state, "detail": detail, "last_contact": contact, "waiting": waiting}
    catalogue = {"version": 1, "issued": NOW, "age": age}
    sentence = status.sentence(
        {
            "office": office,
            "catalogue": catalogue,
            "clock": {"state": clock, "office_ahead": ahead, "follows_office": follows},
        },
        CONFIG,
    )
    vietnamese, english = sentence.split(" / ")
    return vietnamese, english


def test_an_age_that_an_unsure_clock_cannot_know_is_not_told():
    vietnamese, english = told(age="stale", clock="unsure")
    assert "quá một ngày" not in vietnamese and "over a day old" not in english
    assert "chưa rõ dữ liệu cũ bao lâu" in vietnamese and "clock is not sure" in english
    assert "over a day old" in told(age="stale")[1]
    assert "catalogue is old" in told(age="old", clock="unsure")[1]  # by a time that has certainly passed


@pytest.mark.parametrize(
    ("seconds", "vietnamese", "english"),
    [
        (0, "0 giây", "0 s"),
        (119, "119 giây", "119 s"),
        (7_199, "119 phút", "119 minutes"),
        (86_400, "24 giờ", "24 hours"),
        (31_536_009, "365 ngày", "365 days"),
        (800 * 86_400, "2 năm", "2 years"),
        (-5, "0 giây", "0 s"),
    ],
)
def test_a_time_is_told_in_a_unit_that_people_count_in(seconds, vietnamese, english):
    assert status.span(seconds) == (vietnamese, english)


def test_the_last_contact_is_told_so():
    assert told(last=3 * 86_400)[1].startswith("Last contact 3 days ago; 0 entries waiting; ")
    assert "từ lúc khởi động" in told(last=None)[0]


@pytest.mark.parametrize("state", [*troubles.WORDS, *OWN])
def test_each_state_has_its_advice_here_and_on_the_strip(state):
    vietnamese, english = told(state=state, waiting=3, detail="the office answered 500 (refused).")
    assert "3 mục chờ gửi" in vietnamese and "3 entries waiting" in english
    assert "answered" not in vietnamese and english.endswith(" (the office answered 500 (refused)).")
    if state != "fetching":
        assert "không phải làm gì" not in vietnamese and "nothing to do" not in english
    assert ("check the network" in english) == (state == "unreachable")
    for language in strings.LANGUAGES:
        shown = strings.sentences("strip", language)
        assert state == "unreachable" or shown[f"office_{state}"]


YEAR = 365 * 86_400_000


def test_clocks_that_are_a_year_apart_are_told_and_who_to_call():
    vietnamese, english = told(ahead=2 * YEAR)
    assert vietnamese.endswith(
        "đồng hồ Văn phòng nhanh hơn đồng hồ máy này 2 năm, máy giữ giờ của mình: gọi Văn phòng."
    )
    assert english.endswith(
        "the office's clock is 2 years ahead of this machine's, which keeps its own: call the office."
    )
    vietnamese, english = told(ahead=-YEAR, follows=True)
    assert "chậm hơn đồng hồ máy này 365 ngày" in vietnamese and "365 days behind" in english
    assert "is followed: call the office if the date" in english
    assert "check the network" in told(state="unreachable", ahead=YEAR, follows=True)[1]


def test_the_command_to_enrol_names_the_callers_configuration():
    for half, code in zip(told(state="unknown_device"), ("MÃ", "CODE"), strict=True):
        assert f"`ocop enrol --config {CONFIG} URL {code}`" in half


def test_a_detail_in_both_languages_is_told_to_each_in_its_own():
    sentence = status.not_synced("not_enrolled", "mã gõ sai. / the code was mistyped.", 0, CONFIG)
    vietnamese, english = sentence.split(" / ")
    assert vietnamese.endswith("(mã gõ sai).") and english.endswith("(the code was mistyped).")


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OfficeError("unreachable", "x"), "unreachable"),
        (OfficeError("certificate", "x"), "certificate"),
        (OfficeError("not_office", "x"), "not_office"),
        (OfficeError("catalogue_rollback", "x"), "catalogue"),  # older than the installed one
        (OfficeError("catalogue_signature", "x"), "catalogue"),
        (OfficeError("catalogue_disk", "x"), "disk"),
        (OfficeError("catalogue_spoilt", "x"), "fetching"),
        (OfficeError("revoked", "x"), "revoked"),
        (OfficeError("busy", "x"), "refused"),
        (StorageError("x", certain=True), "disk"),
        (sqlite3.OperationalError("disk I/O error"), "disk"),
        (SyncError("malformed", "x"), "not_office"),
        (ZeroDivisionError("x"), "trouble"),
    ],
)
def test_an_error_is_the_word_of_its_cause(error, word):
    assert troubles.word(error) == word


def test_the_worst_speaks_for_all():
    found = troubles.Troubles()
    assert found.worst is None
    found.failed("push", OfficeError("unreachable", "no route"))
    found.failed("pull", OfficeError("catalogue_rollback", "older than the installed"))
    assert found.worst == ("catalogue", "older than the installed")
    assert found.over("pull") and not found.over("peers")
    assert found.worst == ("unreachable", "no route")
