"""Money, dates, lines and letters."""

from printer.dates import day, local_time
from printer.layout import cells, clean, left, printable, right, width
from printer.money import dong, grouped
from printer.vietnamese import LETTERS, PAGES, TCVN3_LOWER, TCVN3_UPPER, codes, compose


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind:
        return True
    return False


def test_money_is_grouped_by_dots():
    pairs = [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1.000"),
        (185000, "185.000"),
        (1234567890, "1.234.567.890"),
    ]
    for amount, text in pairs:
        assert grouped(amount) == text
        assert dong(amount) == text + " ₫"
    assert grouped(-1500) == "-1.500"


def test_local_time_is_seven_hours_ahead():
    times = [
        (0, "01/01/1970 07:00"),
        (1795417500000, "23/11/2026 14:05"),
        (1795366799999, "22/11/2026 23:59"),  # the last millisecond of a local day
        (1795366800000, "23/11/2026 00:00"),
        (1709139600000, "29/02/2024 00:00"),
        (1709225999000, "29/02/2024 23:59"),
        (4107517199999, "28/02/2100 23:59"),  # 2100 has no leap day
        (4107517200000, "01/03/2100 00:00"),
        (951757200000, "29/02/2000 00:00"),
    ]
    for at, text in times:
        assert local_time(at) == text, (at, local_time(at), text)


def test_day_turns_an_iso_date_round():
    assert day("2026-11-23") == "23/11/2026"
    for wrong in ("", "2026-1-23", "23/11/2026", "2026-11-2x", "2026-11", "2026-11-23T00", "２０２６-11-23"):
        assert raises(ValueError, day, wrong), wrong


def test_padding_counts_letters_not_bytes():
    assert left("Hà Tĩnh", 9) == "Hà Tĩnh  "
    assert right("Hà Tĩnh", 9) == "  Hà Tĩnh"
    assert left("Hà Tĩnh", 3) == "Hà Tĩnh"


def test_control_characters_and_breaks_are_blanks():
    assert clean("a\n\tb\x1b@c\x00 \x7f d\xa0e\x9b") == "a b @c d e"


def test_nothing_printable_is_a_command_or_has_no_width():
    for code in list(range(32)) + list(range(127, 160)):
        assert printable("a" + chr(code) + "b") == "a b"
    for blank in "\u2003\u2009\u2028\u3000\u202f":
        assert printable("a" + blank + "b") == "a b"
    for nothing in "\u200b\u200d\u202e\ufeff\u00ad\ufe0f":
        assert printable("a" + nothing + "b") == "ab"
    assert printable("½ € ₫ — ★ 蜜") == "½ € ₫ — ★ 蜜"


def test_letters_of_east_asia_take_two_cells():
    assert [width(letter) for letter in "aậ₫★—"] == [1] * 5
    assert [width(letter) for letter in "蜜한ァＡ🍯"] == [2] * 5
    assert cells("Mật 蜜") == 6


def test_loose_marks_join_their_letters_in_any_order():
    marks = {
        "ậ": "a\u0323\u0302",
        "ấ": "a\u0302\u0301",
        "Ợ": "O\u031b\u0323",
        "ỹ": "y\u0303",
        "Ặ": "A\u0306\u0323",
    }
    for letter, loose in marks.items():
        assert compose(loose) == letter
    assert compose("Ma\u0323\u0302t ong Hu\u031bo\u031bng Khe\u0302") == "Mật ong Hương Khê"
    # the tone may also stand before the shape
    assert compose("a\u0301\u0302") == "ấ"
    # a mark that makes no letter of ours is left out, wherever it stands
    assert compose("\u0301a\u030ab\u0301") == "ab"


def test_the_134_letters_each_have_one_place_on_one_tcvn_page():
    assert len(LETTERS) == 134
    assert len(set(LETTERS)) == 134
    lower, upper = codes("tcvn3_lower"), codes("tcvn3_upper")
    assert len(lower) == len(upper) == 67
    for letter in LETTERS:
        assert (letter in lower) != (letter in upper), letter
    for table in (TCVN3_LOWER, TCVN3_UPPER):
        places = [first + offset for first, letters in table for offset in range(len(letters))]
        assert len(places) == len(set(places))
        assert min(places) >= 0xA1 and max(places) <= 0xFE


def test_the_capital_d_with_stroke_is_no_eth():
    assert codes("tcvn3_upper")["Đ"] == 0xA7
    assert ord("Đ") == 0x110
    for page in PAGES:
        assert "\u00d0" not in codes(page)
