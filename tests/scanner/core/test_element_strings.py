"""Element strings: how values end, brackets within them, and where too much is refused."""

from scanner import element_strings
from scanner.errors import CodeError

GTIN = "12312312312333"
FNC1 = element_strings.FNC1


def refusal(read, text):
    try:
        read(text)
    except CodeError as error:
        return str(error)
    return None


def bracketed_refusal(text):
    return refusal(element_strings.read_bracketed, text)


def test_values_end_at_fnc1_or_at_their_length():
    both = [["01", GTIN], ["10", "A"], ["17", "271231"], ["21", "B"]]
    assert element_strings.read(f"01{GTIN}10A{FNC1}1727123121B") == both
    assert element_strings.read(f"01{GTIN}{FNC1}10A{FNC1}17271231{FNC1}21B{FNC1}") == both
    assert element_strings.read_bracketed(f"(01){GTIN}(10)A(17)271231(21)B") == both


def test_a_bracket_within_a_value():
    read = element_strings.read_bracketed
    assert read(r"(10)A\(1)(21)\(\(B\()") == [["10", "A(1)"], ["21", "((B()"]]
    assert read("(10)A)B") == [["10", "A)B"]]
    assert read("(10)" + "\\(" * 20) == [["10", "(" * 20]]
    assert "too long" in bracketed_refusal("(10)" + "\\(" * 21)
    assert "too long" in bracketed_refusal("(10)" + "\\(" * 2000)
    assert "not allowed" in bracketed_refusal("(10)A\\")


def test_what_is_no_bracketed_text():
    for text in ("", "(", "()", "(89)A", "(1)A", "(10", "A(10)B", "((10)A", "(\ud800)A", "(\x00\x00)"):
        assert element_strings.read_bracketed(text) is None, text


def test_a_bracket_that_opens_no_ai_is_refused():
    for text in (
        "(10)A(",
        "(10)A(B)",
        "(10)A(89)B",
        "(10)A()B",
        "(10)A(\ud800)",
        "(10)A(10",
        "(10)A(12345)B",
    ):
        assert "opens no AI" in bracketed_refusal(text), text


def test_a_value_must_be_there():
    for text in ("(10)", "(10)(21)B", "(01)"):
        assert "too short" in bracketed_refusal(text), text
    for text in ("10", f"10{FNC1}21B", "01"):
        assert "too short" in refusal(element_strings.read, text), text
    assert "empty" in refusal(element_strings.read, "")


def test_a_code_has_64_ais_at_most():
    many = [["90", "A"]] * 64
    assert element_strings.read(f"90A{FNC1}" * 64) == many
    assert element_strings.read_bracketed("(90)A" * 64) == many
    assert "more than 64" in refusal(element_strings.read, f"90A{FNC1}" * 65)
    assert "more than 64" in bracketed_refusal("(90)A" * 65)


def test_two_separators_are_one_too_many():
    assert "character 5" in refusal(element_strings.read, f"90A{FNC1}{FNC1}21B")
