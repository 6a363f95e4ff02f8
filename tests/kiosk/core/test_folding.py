"""Search without accents."""

from kiosk.folding import fold, rank
from printer.vietnamese import LETTERS


def test_every_letter_loses_its_marks() -> None:
    for letter in LETTERS:
        assert fold(letter) in ("a", "d", "e", "i", "o", "u", "y"), letter


def test_both_normal_forms_and_capitals_are_one() -> None:
    composed = "Nước mắm Cương Gián, 500 ml"
    taken_apart = "Nu\u031bo\u031b\u0301c ma\u0306\u0301m Cu\u031bo\u031bng Gia\u0301n, 500 ml"
    assert (
        fold(composed)
        == fold(taken_apart)
        == fold("NUOC  MAM cuong-gian 500 ml")
        == "nuoc mam cuong gian 500 ml"
    )
    assert fold("Đậu phụng") == fold("dau phung")
    assert fold("  — ") == ""


def test_each_word_begins_a_word_and_what_begins_alike_comes_first() -> None:
    goods = [fold("Nước mắm Phú Khương"), fold("Mắm nước cốt"), fold("Nón lá"), fold("Chai nước mắm")]
    assert [rank(name, fold("nước m")) for name in goods] == [0, 2, -1, 1]
    assert rank(fold("Mật ong"), "ong mat") == 2
    assert rank(fold("Mật ong"), "ng") == -1
