"""Every sentence of the kiosk's own pages, from gettext catalogues (`locale/{vi,en}/LC_MESSAGES`).

A message's id is a key such as `invite`, its file the part of the pages that says it; both languages are
translations, so that neither is made of the other's words. `{name}` marks a value that the page fills in. Verdicts and
refusals come with their own texts from the service.
"""

import gettext
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("vi", "en")
LOCALE = Path(__file__).parent / "locale"
COMMON = "common"  # on every page

# Page: the files whose sentences it says, besides `common`. A later file's word for a key is the page's.
PAGES: Mapping[str, tuple[str, ...]] = {
    "shopper": ("shopper",),
    "login": ("login",),
    "staff": ("nav", "strip", "staff"),
    "sales": ("nav", "strip", "payments", "sales"),
    "prices": ("nav", "strip", "prices"),
    "shift": ("nav", "strip", "payments", "shift"),
    "stock": ("nav", "strip", "stock"),
    "labels": ("nav", "strip", "labels"),
    "receipt": ("nav", "strip", "receipt"),
    "aim": ("nav", "strip", "aim"),
}


@lru_cache
def words(page: str) -> dict[str, dict[str, str]]:
    """The sentences of one page by language: `{"vi": {key: sentence}, "en": ...}`. KeyError: no such page."""
    parts = (COMMON, *PAGES[page])
    return {
        language: {key: text for part in parts for key, text in sentences(part, language).items()}
        for language in LANGUAGES
    }


@lru_cache
def sentences(part: str, language: str) -> dict[str, str]:
    """{key: sentence} of one file. Raises OSError when it is missing or no catalogue."""
    with (LOCALE / language / "LC_MESSAGES" / f"{part}.mo").open("rb") as file:
        # gettext looks up one id at a time; a page needs all of a file's, to switch languages by itself.
        found: dict[str, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {key: text for key, text in found.items() if key}
