"""What holds for every text there is, and how to make texts that come near to codes.

`fuzz_codes.py` lets atheris look for a text that breaks it, `tests/scanner/test_fuzz.py` Hypothesis.
"""

from scanner import ai_rules, ai_values, check_digits, codes, ean, stamps
from scanner.ai_table import KEYS
from scanner.element_strings import FNC1

GTIN = "08931234567897"
STAMP = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", bytes(range(64)), GTIN, 7))
KINDS = {"stamp", "gs1_digital_link", "gs1_element_string", "ean", "text"}
CHECK_DIGIT = "CHECK"  # a piece that becomes the check digit of the digits before it

# One real text of every form.
SEEDS = [
    STAMP,
    STAMP.lower(),
    STAMP + "?17=271231",
    stamps.typed_line(GTIN, 4294967295),
    f"https://id.gs1.org/01/{GTIN}/22/2A/10/L%2F1/21/a+b?17=271231&91=A%26B;c#top",
    f"http://x@a.vn:8443/q/01/{GTIN}/235/T?x&y=1&&3103=001250",
    "https://[2001:db8::1]/8006/089312345678970102?11=260100",
    "https://a.vn/414/8938505974101/254/7?8030=-_aZ09==",
    "https://id.gs1.org/ARHKVAdpQg",
    f"https://a.vn/01/{GTIN}/EGIvUXQjfw",
    f"]C101{GTIN}1727123110A1\x1d21B\x1d3922100",
    f"\x1d00{GTIN}00017{FNC1}02{GTIN}37{FNC1}423704156",
    f"(01){GTIN}(10)a\\(b)c(8008)261123101500(7040)1ABC",
    "]E08931234567897|]e010A1\x1d17271231",
    "]E3893123456789712345",
    "]E496385074",
    "04252614",
    "036000291452",
    "]Q1xin chào",
    "WIFI:T:WPA;S:shop;P:secret;;",
    "001095012345|Nguyễn Văn An|01011995|Nam",
]

PIECES = [
    *SEEDS, *KEYS, "10", "11", "17", "21", "22", "235", "254", "37", "91", "3103", "3922", "421", "7003",
    "8001", "8007", "8008", "8011", "8019", "8020", "8030", "8110", "8200", "4307", "4309", "7256", GTIN,
    GTIN[1:], "893123456789", "271231", "270200", "704", "VN", "DE89370400440532013000", "0102",
    CHECK_DIGIT, "https://", "HTTPS://", "http://", "a.vn", "OCOP.HATINH.VN", "/", "//", "/01/", "/21/",
    "/S/", "?", "&", "=", "#", "%", "%2F", "%00", "%C3%A9", ";", "@", ":", "[", "]", "+", FNC1, "(", ")",
    "(01)", "(10)", "\\(", "]C1", "]d2", "]Q3", "]e0", "]J1", "]C0", "]Q1", "]E0", "]E1", "]E3", "]E4",
    "|]e0", "0", "1", "9", "A", "z", "*", " ", "-", ".", "_", "\0", "\n", "é", "ệ", "９", "２", "\u202e",
    "\ud800", "\U0001f600", "\ufffd", "A" * 103, "AAAAAAAAAA", "1" * 20, "x" * 90,
]  # fmt: skip


def assemble(numbers: bytes) -> str:
    """A text of the pieces that the numbers name; check digits come out right, so that checks are passed."""
    made = ""
    for number in numbers:
        piece = PIECES[number % len(PIECES)]
        if piece == CHECK_DIGIT:
            body = made[len(made.rstrip("0123456789")) :][-17:]
            piece = check_digits.gs1_digit(body)
        made += piece
        if len(made) > codes.LONGEST + 64:
            break
    return made


def check(text: str) -> None:
    """Raise AssertionError, or what else comes, if the parsers do not keep their promises for `text`."""
    code = _answer(codes.parse, text)
    if code is not None:
        assert code.kind in KINDS
        _check_code(code, text)
        again = codes.parse(text)
        assert (again.kind, again.elements, again.host) == (code.kind, code.elements, code.host)
    typed = _answer(codes.parse_typed, text)
    if typed is not None and typed.kind == "typed":
        assert typed.stamp is None
        line = stamps.typed_line(typed.elements[0][1], int(typed.elements[1][1]))
        assert codes.parse_typed(line).elements == typed.elements
    elif typed is not None:
        assert code is not None
        assert typed.kind == code.kind
    stamp = stamps.read(text)
    assert stamp is None or stamps.uri(stamp) == text
    assert (stamp is not None) == (code is not None and code.kind == "stamp" and not text.startswith("]"))
    gtin = _answer(ean.read, text)
    assert gtin is None or check_digits.is_gtin14(gtin)


def _answer(ask, text):
    """What `ask` says, or None for a CodeError, whose sentence is fit to be shown."""
    try:
        return ask(text)
    except codes.CodeError as error:
        assert str(error).isprintable()
        assert 10 < len(str(error)) < 400
        return None


def _check_code(code: codes.Code, text: str) -> None:
    assert code.text == text
    assert (code.kind == "text") == (code.elements == [])
    assert (code.kind == "stamp") == (code.stamp is not None)
    assert (code.host is not None) == (code.kind in ("stamp", "gs1_digital_link"))
    assert code.host is None or (code.host == code.host.upper() and code.host.isascii())
    assert code.gtin is None or check_digits.is_gtin14(code.gtin)
    for ai, value in code.elements:
        ai_values.check(ai, value)
    if code.stamp is not None:
        assert text.endswith(stamps.uri(code.stamp))
        assert stamps.read_serial(code.serial or "") == code.stamp.serial
    if code.kind.startswith("gs1_"):
        assert ai_rules.forbidden(code.elements) is None
        assert codes.parse(as_element_string(code.elements)).elements == code.elements
        assert codes.parse(as_bracketed(code.elements)).elements == code.elements


def as_element_string(elements: list[list[str]]) -> str:
    """As a barcode carries it: FNC1 first, and after every value that is not of predefined length."""
    return FNC1 + "".join(
        ai + value + ("" if ai_values.is_predefined(ai) else FNC1) for ai, value in elements
    )


def as_bracketed(elements: list[list[str]]) -> str:
    """As people write it."""
    return "".join(f"({ai})" + value.replace("(", "\\(") for ai, value in elements)
