"""`parse` has an answer or a CodeError for any text, and takes no longer than the text is long."""

from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner import codes, stamps

GTIN = "08931234567897"
STAMP = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", bytes(range(64)), GTIN, 7))
PIECES = [
    "https://", "HTTPS://", "a.vn", "/", "//", "01", "21", "10", "17", "8030", "253", "414", "00", GTIN,
    "\x1d", "(", ")", "\\(", "]C1", "]d2", "]E0", "]Q3", "?", "&", "=", "#", "%", "%2F", "%00", ";", "@", ":",
    "[", GTIN[1:], "271231", "0", "9", "A", "z", "*", " ", "é", "９", "\ud800", "n", STAMP,
]  # fmt: skip
TEXTS = st.one_of(
    st.text(),
    st.text(st.characters(codec=None, exclude_categories=())),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
)


def said(text: str) -> tuple | None:
    try:
        code = codes.parse(text)
    except codes.CodeError as error:
        assert str(error).isprintable()
        return None
    assert code.text == text
    return code.kind, code.elements, code.host, code.gtin, code.serial


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
@example("")
@example("\x1d" * 4096)
@example("]C1" + "(" * 4093)
@example("https://" + "/01" * 1362)
@example("https://a/01/" + GTIN + "?" + "&" * 4000)
@example("(10)" + "\\(" * 2040)
def test_any_text_has_an_answer(text: str) -> None:
    answer = said(text)
    if answer is not None:
        kind, elements, _, gtin, _ = answer
        assert kind in ("stamp", "gs1_digital_link", "gs1_element_string", "ean", "text")
        assert (kind == "text") == (elements == [])
        assert gtin is None or (len(gtin) == 14 and gtin.isascii() and gtin.isdigit())


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_keyboard_too(text: str) -> None:
    with suppress(codes.CodeError):
        codes.parse_typed(text)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(STAMP) - 1), st.characters())
def test_a_stamp_with_one_wrong_character_is_another_stamp_or_none(place: int, char: str) -> None:
    text = STAMP[:place] + char + STAMP[place + 1 :]
    stamp = stamps.read(text)
    assert stamp is None or stamps.uri(stamp) == text
