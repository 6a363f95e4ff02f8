"""Which AIs need or exclude which others, and what is said of it."""

from scanner import ai_rules, element_strings
from scanner.errors import CodeError

GTIN = ["01", "12312312312333"]


def refusal(text):
    try:
        element_strings.read_bracketed(text)
    except CodeError as error:
        return str(error)
    return None


def test_a_code_that_keeps_the_rules():
    assert ai_rules.broken([]) is None
    assert ai_rules.broken([GTIN, ["10", "A"], ["21", "B"], ["8030", "C"], ["3100", "123456"]]) is None
    assert ai_rules.broken([GTIN, ["10", "A"], ["10", "A"]]) is None
    assert ai_rules.broken([["89", "an AI that does not exist"]]) is None


def test_what_is_missing_is_named():
    assert ai_rules.broken([["21", "A"]]) == "(21) needs (01) or (03) or (8006) beside it."
    assert ai_rules.broken([GTIN, ["250", "A"]]) == (
        "(250) needs (01) with (21) or (03) with (21) or (8006) with (21) beside it."
    )
    assert "(31nn)" in ai_rules.broken([["3930", "7041"]])
    assert ai_rules.broken([["3930", "7041"], ["3105", "123456"], GTIN]) is None


def test_an_ai_does_not_stand_beside_itself():
    assert ai_rules.missing([["02", GTIN[1]], ["37", "1"]]) is not None
    assert ai_rules.excluded([["3100", "123456"], ["3100", "123456"]]) is None


def test_what_excludes_each_other_is_named():
    assert (
        ai_rules.broken([GTIN, ["02", GTIN[1]], ["37", "1"], ["00", ""]])
        == "(01) and (37) exclude each other."
    )
    assert (
        ai_rules.excluded([["3100", "123456"], ["3103", "123456"]]) == "(3100) and (3103) exclude each other."
    )


def test_one_ai_with_two_values():
    assert (
        ai_rules.broken([GTIN, ["10", "A"], ["10", "B"]]) == "(10) stands there twice with different values."
    )


def test_a_signed_key_names_one_item():
    document = "9526064000028"
    assert ai_rules.broken([["253", document + "7"], ["8030", "A"]]) is None
    assert ai_rules.broken([["253", document]]) is None
    sentence = ai_rules.broken([["253", document], ["8030", "A"]])
    assert sentence == "(253) needs its serial part beside a digital signature (8030)."


def test_a_code_is_refused_for_what_no_other_code_can_mend():
    assert refusal("(01)12312312312333(10)A(10)B").startswith("(10) stands there twice")
    assert refusal("(01)12312312312333(02)12312312312333(37)1") is not None
    assert refusal("(253)9526064000028(8030)A") is not None
    assert refusal("(10)A") is None


def test_rules_are_asked_of_thousands_of_elements_at_once():
    elements = [[str(ai), "A"] for _ in range(40) for ai in range(90, 100)] + [GTIN]
    assert ai_rules.broken(elements) is None
