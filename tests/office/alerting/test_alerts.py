"""Every kind of alert has words for people, in both languages."""

from office.alerting.explaining import EXPLAINED
from office.audit import ALERTS
from office.pages.words import ALERTS as WORDS


def test_every_alert_has_words_and_every_word_an_alert():
    assert set(WORDS) == set(ALERTS)
    assert all(len(pair) == 2 and all(pair) for pair in WORDS.values())


def test_every_alert_is_explained_in_both_languages():
    assert set(EXPLAINED) == set(ALERTS)
    assert all(len(pair) == 2 and all(pair) for pair in EXPLAINED.values())
