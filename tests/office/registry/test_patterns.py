"""Patterns of older stamps: what the office takes, and what it keeps of them."""

from datetime import date

import pytest
from sqlalchemy import select

from kiosk.patterns import Patterns
from office import registry, schema
from office.publishing import contents
from office.registry import Pattern, RegistryError
from office.storage import database

LAST = date(2027, 6, 30)


@pytest.fixture
def put(engine):
    def call(name, pattern, items, last_day=LAST):
        with database.writing(engine) as connection:
            registry.put(connection, Pattern(name, pattern, items, last_day), "test", 0)

    return call


def kept(engine):
    with database.reading(engine) as connection:
        return registry.patterns(connection)


def test_a_pattern_is_published_as_it_was_entered(put, engine, gtin, other_gtin):
    put("b", "http://ocop.vn/{gtin}", {"": gtin})
    put("a", "https://tem.vn/{item}/{serial}", {"mo": gtin, "che": other_gtin})
    rows = [
        {"id": "a", "pattern": "https://tem.vn/{item}/{serial}", "items": {"mo": gtin, "che": other_gtin},
         "last_day": "2027-06-30"},
        {"id": "b", "pattern": "http://ocop.vn/{gtin}", "items": {"": gtin}, "last_day": "2027-06-30"},
    ]  # fmt: skip
    assert kept(engine) == rows
    with database.reading(engine) as connection:
        published = list(contents.shared_rows(connection, "patterns"))
    assert published == rows
    assert Patterns(published).match("HTTPS://TEM.VN/che/12") == (other_gtin, 12, "2027-06-30")


@pytest.mark.parametrize(
    ("pattern", "items", "says"),
    [
        ("tem.vn/{serial}", {"": "08930000000019"}, r"must begin with http"),
        ("https://{item}.vn/", {"a": "08930000000019"}, "after the host only"),
        ("https://ocop.hatinh.vn/S/{serial}", {"": "08930000000019"}, "where signed stamps begin"),
        ("https://tem.vn/{lot}", {"": "08930000000019"}, "the placeholders are"),
        ("https://tem.vn/{item}{serial}", {"a": "08930000000019"}, "beside"),
        ("https://tem.vn/{item", {"a": "08930000000019"}, "the placeholders are"),
        ("https://tem.vn/{item}", {}, "needs a trade item"),
        ("https://tem.vn/{serial}", {"a": "08930000000019"}, "one trade item, under an empty code"),
        ("https://tem.vn/{item}", {"a": "08930000000018"}, "08930000000018 is no GTIN"),
        ("https://tem.vn/{item}", {"a": "08930000000033"}, "no '08930000000033' in trade items; add it first"),
        ("https://tem.vn/mật/{serial}", {"": "08930000000019"}, "ASCII"),
        ("https://tem.vn/{item}", {"mật": "08930000000019"}, "ASCII"),
        ("https://tem.vn/{item}", {f"{n:0100}": "08930000000019" for n in range(5000)}, "too many codes"),
    ],
)  # fmt: skip
def test_what_a_device_could_not_use_is_refused(put, engine, pattern, items, says):
    with pytest.raises(RegistryError, match=says) as refused:
        put("p1", pattern, items)
    assert "p1" in str(refused.value)
    assert kept(engine) == []


def test_a_pattern_can_be_written_anew(put, engine, gtin):
    put("a", "https://tem.vn/{serial}", {"": gtin})
    put("a", "https://tem.vn/t/{serial}", {"": gtin}, date(2027, 1, 1))
    assert [(row["pattern"], row["last_day"]) for row in kept(engine)] == [
        ("https://tem.vn/t/{serial}", "2027-01-01")
    ]


def test_the_last_day_only_comes_nearer(put, engine, gtin, now):
    put("a", "https://tem.vn/{serial}", {"": gtin})

    def end(name, on):
        with database.writing(engine) as connection:
            registry.end_pattern(connection, name, on, "test", now)

    end("a", date(2026, 12, 31))
    assert kept(engine)[0]["last_day"] == "2026-12-31"
    for on in (date(2026, 12, 31), date(2027, 1, 1)):
        with pytest.raises(RegistryError, match="pattern a ends on 2026-12-31 already"):
            end("a", on)
    with pytest.raises(RegistryError, match="no 'b' in patterns"):
        end("b", LAST)
    with database.reading(engine) as connection:
        last = select(schema.audit).order_by(schema.audit.c.id.desc()).limit(1)
        row = connection.execute(last).one()
    assert (row.action, row.subject, row.detail) == ("pattern-end", "a", {"last_day": "2026-12-31"})


def test_patterns_come_by_import_too(engine, gtin, now):
    with database.writing(engine) as connection:
        counts = registry.import_rows(
            connection,
            registry.Import(patterns=[Pattern("a", "https://tem.vn/{serial}", {"": gtin}, LAST)]),
            "test",
            now,
        )
    assert counts["patterns"] == 1
    assert kept(engine)[0]["id"] == "a"
