"""`parse` has an answer or a CodeError for any text; what it reads can be written and read again."""

import runpy
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner import ai_values, check_digits, codes, digital_link, stamps
from scanner.ai_table import KEYS

INVARIANTS = runpy.run_path(str(Path(__file__).parents[1] / "fuzz" / "invariants.py"))
check, assemble = INVARIANTS["check"], INVARIANTS["assemble"]
GTIN, STAMP, PIECES, SEEDS = (INVARIANTS[name] for name in ("GTIN", "STAMP", "PIECES", "SEEDS"))

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
VALUES = st.text(CSET82, min_size=1, max_size=20)
GTINS = st.from_regex(r"[0-9]{13}", fullmatch=True).map(lambda body: body + check_digits.gs1_digit(body))
HOSTS = st.lists(st.from_regex(r"[A-Z0-9]([A-Z0-9-]{0,8}[A-Z0-9])?", fullmatch=True), min_size=1, max_size=4)
STAMPS = st.builds(
    stamps.Stamp,
    HOSTS.map(".".join),
    st.sampled_from(stamps.ALPHABET),
    st.binary(min_size=64, max_size=64),
    GTINS,
    st.integers(1, stamps.MAX_SERIAL),
)
DATES = st.dates().map(lambda day: f"{day:%y%m%d}")


@settings(max_examples=1000)
@given(
    st.one_of(
        st.text(),
        ANY_TEXT,
        st.binary(max_size=60).map(assemble),
        st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
        st.tuples(st.sampled_from(["]C1", "]d2", "]e0", "]E0", "]E3", "\x1d", "("]), ANY_TEXT).map("".join),
    )
)
@example("")
@example("\x1d" * 4096)
@example("]C1" + "(" * 4093)
@example("https://" + "/01" * 1362)
@example("https://a/01/" + GTIN + "?" + "&" * 4000)
@example("(10)" + "\\(" * 2040)
def test_any_text_has_an_answer(text: str) -> None:
    check(text)


@settings(max_examples=1500)
@given(st.sampled_from(SEEDS), st.data())
def test_so_has_every_text_that_is_nearly_a_code(seed: str, data: st.DataObject) -> None:
    """A piece cut out, doubled, moved to the end or replaced by another, up to three times over."""
    text = seed
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(text)))
        last = data.draw(st.integers(first, min(len(text), first + 20)))
        piece = data.draw(st.one_of(st.just(""), st.characters(codec=None), st.sampled_from(PIECES)))
        cut = text[first:last]
        text = data.draw(
            st.sampled_from(
                [
                    text[:first] + piece + text[last:],
                    text[:last] + cut + text[last:],
                    text[:first] + text[last:] + cut,
                ]
            )
        )
    check(text)


@settings(max_examples=500)
@given(STAMPS)
def test_a_stamp_is_read_as_it_was_written(stamp: stamps.Stamp) -> None:
    text = stamps.uri(stamp)
    read = codes.parse(text).stamp
    assert read is not None
    assert vars(read) == vars(stamp)
    check(text)
    typed = codes.parse_typed(stamps.typed_line(stamp.gtin, stamp.serial))
    assert (typed.kind, typed.gtin, typed.serial) == ("typed", stamp.gtin, str(stamp.serial))


@settings(max_examples=500)
@given(st.integers(0, len(STAMP) - 1), st.characters(codec=None))
def test_a_stamp_with_one_wrong_character_is_another_stamp_or_none(place: int, char: str) -> None:
    text = STAMP[:place] + char + STAMP[place + 1 :]
    stamp = stamps.read(text)
    assert stamp is None or stamps.uri(stamp) == text
    check(text)


@settings(max_examples=300)
@given(GTINS, st.integers(1, stamps.MAX_SERIAL), st.data())
def test_a_typed_line_with_a_wrong_digit_or_two_swapped_is_refused(
    gtin: str, serial: int, data: st.DataObject
) -> None:
    line = stamps.typed_line(gtin, serial).replace(" ", "")
    place = data.draw(st.integers(0, len(line) - 2))
    other = data.draw(st.sampled_from("0123456789"))
    swapped = line[:place] + line[place + 1] + line[place] + line[place + 2 :]
    for wrong in (line[:place] + other + line[place + 1 :], swapped):
        if wrong != line:
            try:
                code = codes.parse_typed(wrong)
            except codes.CodeError:
                continue
            raise AssertionError(f"{wrong} passed as {code.elements}")


@settings(max_examples=800)
@given(
    HOSTS.map(".".join),
    st.sampled_from(["", "/q", "/01/x", "/a/b/c"]),
    GTINS,
    VALUES,
    VALUES,
    DATES,
    st.data(),
)
def test_a_digital_link_is_read_as_it_was_written(
    host: str, stem: str, gtin: str, lot: str, serial: str, day: str, data: st.DataObject
) -> None:
    """Whatever is percent-coded, beyond what has to be, in either letter case."""

    def coded(value: str) -> str:
        plain = data.draw(st.sampled_from(["", "0123456789ABCXYZabc", "-._~!$'()*,:@;"]))
        form = data.draw(st.sampled_from(["%{:02x}", "%{:02X}"]))
        return "".join(char if char in plain else form.format(ord(char)) for char in value)

    scheme = data.draw(st.sampled_from(["https", "HTTPS", "http", "HTTP"]))
    beside = data.draw(st.sampled_from(["", "&", "x=1&", "linkType&"]))
    text = f"{scheme}://{host}{stem}/01/{coded(gtin)}/10/{coded(lot)}/21/{coded(serial)}?{beside}17={day}#x"
    code = codes.parse(text)
    assert (code.kind, code.host) == ("gs1_digital_link", host)
    assert code.elements == [["01", gtin], ["10", lot], ["21", serial], ["17", day]]
    check(text)


@settings(max_examples=500)
@given(
    GTINS,
    st.lists(st.tuples(st.sampled_from(["10", "21", "240", "400", "91"]), VALUES), unique_by=lambda e: e[0]),
)
def test_element_strings_are_read_as_they_were_written(gtin: str, others: list[tuple[str, str]]) -> None:
    elements = [["01", gtin], *[list(pair) for pair in others]]
    for text in (INVARIANTS["as_element_string"](elements), INVARIANTS["as_bracketed"](elements)):
        code = codes.parse(text)
        assert (code.kind, code.elements) == ("gs1_element_string", elements)
        check(text)
    assert codes.parse("]d2" + INVARIANTS["as_element_string"](elements)[1:]).elements == elements


@settings(max_examples=500)
@given(st.text(max_size=60), st.booleans())
def test_percent_decoding_undoes_coding(text: str, query: bool) -> None:
    octets = text.encode()
    coded = "".join(f"%{octet:02X}" for octet in octets)
    assert digital_link.unescape(coded, query) == octets.decode("latin-1")


def test_the_pieces_know_every_key() -> None:
    assert set(KEYS) <= set(PIECES)
    assert all(ai_values.find(ai) for ai in KEYS)
