"""The sample office: every demo stamp gets the verdict that it is there to show."""

import json
from datetime import date

import pytest

from config.exits import CommandError
from kiosk.verdicts import verdict
from office import setup
from office.demo import samples
from office.publishing import keys
from office.resolver.lookups import Catalogue, Sold
from office.storage import database
from scanner import codes
from scanner.check_digits import is_gtin14

EXPECTED = {
    "genuine_a": "genuine", "genuine_b": "genuine", "expired": "expired", "recalled": "lot_recalled",
    "withdrawn": "recognition_withdrawn", "not_activated": "not_activated", "forged": "bad_signature",
    "ean13": "no_stamp", "text": "not_a_stamp",
}  # fmt: skip


@pytest.fixture
def office(office_settings, now):
    engine = setup.initialise(office_settings, now)
    yield engine
    engine.dispose()


def test_each_demo_stamp_has_its_verdict(office, office_settings, now):
    stamps = samples.fill(office, office_settings, now)
    with database.reading(office) as connection:
        catalogue, sold = Catalogue(connection, now), Sold(connection)
        found = {
            stamp.name: verdict(
                codes.parse(stamp.text), "look", catalogue, sold, frozenset(), now, "confirmed", keys.verify
            ).verdict
            for stamp in stamps
        }
        assert catalogue.setting("illustrative") is True
    assert found == EXPECTED


def test_samples_never_mix_with_a_registry(office, office_settings, now):
    samples.fill(office, office_settings, now)
    with pytest.raises(CommandError, match="empty"):
        samples.fill(office, office_settings, now)


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2027, 1, 1), date(2028, 2, 29), date(2029, 4, 4)])
def test_the_registry_holds_together_on_any_day(today):
    data = samples.rows(today)
    assert len(data.products) == len(data.producers) == len(data.trade_items) == 72
    assert sorted(product.stars for product in data.products) == [3] * 69 + [4] * 3
    assert all(product.illustrative for product in data.products)
    assert all(is_gtin14(item.gtin) for item in data.trade_items)
    assert len({outlet.code for outlet in data.outlets}) == 2
    gone = [lot.id for lot in data.lots if lot.expires is not None and lot.expires < today]
    assert gone == ["HT-DT-019-L2"]
    assert all(lot.produced <= today for lot in data.lots)
    # A stamp a month past its date would answer "deleted" in place of "expired".
    (expired,) = (lot for lot in data.lots if lot.id in gone)
    assert 0 < (today - expired.expires).days < 28


def test_bad_news_only_befall_made_up_producers():
    sample = json.loads((samples.FOLDER / "sample_products.json").read_text(encoding="utf-8"))["products"]
    made_up = {row["id"] for row in sample if "(minh hoạ)" in row["producer"]}
    assert {samples._RECALLED, samples._WITHDRAWN, samples._EXPIRED, samples._NOT_ACTIVATED} <= made_up


def test_the_note_of_what_is_real_comes_with_the_data():
    note = (samples.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "illustrative" in note
