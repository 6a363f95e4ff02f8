"""The catalogues of the pages' sentences: complete in both languages, none too many, and what is read is what is written."""

import re

import pytest
from babel.messages.pofile import read_po

from kiosk.host.web import strings

PARTS = sorted(path.stem for path in (strings.LOCALE / "vi/LC_MESSAGES").glob("*.po"))


def written(part, language):
    """{key: message} of a file as people edit it."""
    with (strings.LOCALE / language / "LC_MESSAGES" / f"{part}.po").open("rb") as file:
        return {message.id: message for message in read_po(file, locale=language) if message.id}


def test_every_file_belongs_to_a_page_and_every_page_has_its_files():
    assert set(PARTS) == {part for parts in strings.PAGES.values() for part in parts} | {strings.COMMON}
    for language in strings.LANGUAGES:
        found = {path.name for path in (strings.LOCALE / language / "LC_MESSAGES").iterdir()}
        assert found == {f"{part}.{kind}" for part in PARTS for kind in ("po", "mo")}


@pytest.mark.parametrize("language", strings.LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_the_compiled_file_says_what_the_written_one_does(part, language):
    messages = written(part, language)
    assert not [key for key, message in messages.items() if message.fuzzy or not message.string.strip()]
    assert strings.sentences(part, language) == {key: message.string for key, message in messages.items()}, (
        "run `make messages`"
    )


@pytest.mark.parametrize("part", PARTS)
def test_both_languages_say_the_same_things_and_translators_see_the_vietnamese(part):
    vi, en = written(part, "vi"), written(part, "en")
    assert list(vi) == list(en)
    for key, message in vi.items():
        fields = sorted(re.findall(r"\{\w+\}", message.string))
        assert sorted(re.findall(r"\{\w+\}", en[key].string)) == fields, key
        assert " ".join(en[key].auto_comments) == message.string, key


def test_each_part_is_asked_for_by_some_page_that_says_each_of_its_sentences():
    """`test_pages` holds that each page names what it has; here, that nothing hides behind another file's word."""
    for page, parts in strings.PAGES.items():
        said = strings.words(page)["vi"]
        last = {key: part for part in (strings.COMMON, *parts) for key in strings.sentences(part, "vi")}
        assert set(last) == set(said)
        for part in parts:
            mine = [key for key, owner in last.items() if owner == part]
            assert mine, (page, part)
