"""Which web addresses are older stamps."""

from kiosk.patterns import Older, Pattern, PatternError, Patterns, split

HONEY, CAKE = "08930000000019", "08930000000026"
ITEMS = {"MO-500": HONEY, "KCD/2": CAKE}
LAST = "2027-06-30"


def row(pattern, items=ITEMS, last_day=LAST, name="p1"):
    return {"id": name, "pattern": pattern, "items": items, "last_day": last_day}


def match(pattern, text, items=ITEMS):
    found = Patterns([row(pattern, items)]).match(text)
    assert found is None or found.last_day == LAST
    return None if found is None else (found.gtin, found.serial)


def test_an_item_and_a_serial_in_either_order() -> None:
    pattern = "https://tem.hatinh.vn/t/{item}?s={serial}"
    assert match(pattern, "https://tem.hatinh.vn/t/MO-500?s=17") == (HONEY, 17)
    assert match(pattern, "https://tem.hatinh.vn/t/KCD/2?s=4294967295") == (CAKE, 4294967295)
    other = "https://tem.hatinh.vn/{serial}-{item}.html"
    assert match(other, "https://tem.hatinh.vn/17-MO-500.html") == (HONEY, 17)
    assert match(other, "https://tem.hatinh.vn/17-KCD/2.html") == (CAKE, 17)


def test_a_gtin_of_thirteen_or_fourteen_digits() -> None:
    pattern = "http://ocop.vn/g/{gtin}/{serial}"
    assert match(pattern, "http://ocop.vn/g/" + HONEY + "/5") == (HONEY, 5)
    assert match(pattern, "http://ocop.vn/g/" + HONEY[1:] + "/5") == (HONEY, 5)
    for digits in (HONEY[2:], "0" + HONEY, "08930000000033", HONEY[1:] + " ", "", "MO-500"):
        assert match(pattern, "http://ocop.vn/g/" + digits + "/5") is None, digits
    assert match("http://ocop.vn/g/{serial}-{gtin}", "http://ocop.vn/g/5-" + CAKE) == (CAKE, 5)


def test_without_a_serial() -> None:
    assert match("https://a.vn/{item}", "https://a.vn/MO-500") == (HONEY, None)
    assert match("https://a.vn/?g={gtin}&x", "https://a.vn/?g=" + CAKE[1:] + "&x") == (CAKE, None)


def test_one_trade_item_needs_no_code_in_the_address() -> None:
    only = {"": HONEY}
    assert match("https://a.vn/mat-ong", "https://a.vn/mat-ong", only) == (HONEY, None)
    assert match("https://a.vn/mat-ong", "https://a.vn/mat-ong/", only) is None
    assert match("https://a.vn/mat-ong", "https://a.vn/mat-on", only) is None
    assert match("https://a.vn/mat-ong#{serial}", "https://a.vn/mat-ong#12", only) == (HONEY, 12)


def test_scheme_and_host_in_any_case_and_the_rest_exactly() -> None:
    pattern = "https://Tem.HaTinh.VN:8443/T/{item}"
    for text in ("https://tem.hatinh.vn:8443/T/MO-500", "HTTPS://TEM.HATINH.VN:8443/T/MO-500"):
        assert match(pattern, text) == (HONEY, None), text
    for text in (
        "http://tem.hatinh.vn:8443/T/MO-500",
        "https://tem.hatinh.vn/T/MO-500",
        "https://me@tem.hatinh.vn:8443/T/MO-500",
        "https://tem.hatinh.vn:8443/t/MO-500",
        "https://tem.hatinh.vn:8443/T/mo-500",
        "https://tem.hatinh.vn:8443/T/MO-500 ",
        " https://tem.hatinh.vn:8443/T/MO-500",
        "https://tem.hatinh.vn.:8443/T/MO-500",
    ):
        assert match(pattern, text) is None, text


def test_letters_that_only_look_like_the_hosts() -> None:
    assert match("https://kim.vn/{item}", "https://kim.vn/MO-500") == (HONEY, None)
    assert match("https://kim.vn/{item}", "https://\u212aim.vn/MO-500") is None  # the Kelvin sign


def test_serials_that_are_none() -> None:
    for serial in ("", "0", "007", "4294967296", "12345678901", "-1", "+1", "1 ", "1a", "１２", "1/"):
        assert match("https://a.vn/{item}/{serial}", "https://a.vn/MO-500/" + serial) is None, serial


def test_a_scanners_prefix_is_passed_over() -> None:
    assert match("https://a.vn/{item}", "]Q1https://a.vn/MO-500") == (HONEY, None)


def test_our_signed_form_is_never_an_older_stamp() -> None:
    try:
        Pattern(row("https://ocop.hatinh.vn/S/{item}"))
        raise AssertionError("taken")
    except PatternError:
        pass
    items = {"S/AB/01/" + HONEY + "/21": HONEY}
    text = "https://ocop.hatinh.vn/S/AB/01/" + HONEY + "/21/7"
    assert match("https://ocop.hatinh.vn/{item}/{serial}", text, items) is None


def test_of_two_that_fit_the_one_that_holds_longer_decides() -> None:
    rows = [
        row("https://a.vn/{item}", last_day="2026-01-31", name="a"),
        row("https://a.vn/{item}", last_day="2027-01-31", name="b"),
        row("https://a.vn/MO-{serial}", {"": CAKE}, last_day="2027-01-30", name="c"),
    ]
    for order in (rows, list(reversed(rows))):
        assert Patterns(order).match("https://a.vn/MO-500") == Older(HONEY, None, "2027-01-31")


def test_what_is_no_pattern_is_refused_and_spoils_no_other() -> None:
    wrong = [
        row(text)
        for text in (
            "",
            "tem.hatinh.vn/{item}",
            "ftp://a.vn/{item}",
            "https:///{item}",
            "https://{item}.vn/",
            "https://a.vn{item}",
            "https://a.vn",
            "https://a.vn/{item",
            "https://a.vn/item}",
            "https://a.vn/{{item}}",
            "https://a.vn/{lot}",
            "https://a.vn/{item}/{item}",
            "https://a.vn/{item}/{gtin}",
            "https://a.vn/{item}/{gtin}/{serial}",
            "https://a.vn/{serial}{item}",
            "https://a.vn/{item}0{serial}",
            "https://a.vn/{serial}0{item}",
            "https://a.vn/{serial}",  # of which of the two goods?
            "https://a.vn/x",
        )
    ]
    wrong.append(row("https://a.vn/{item}", {}))
    wrong.append(row("https://a.vn/{gtin}", {}))
    wrong.append(row("https://a.vn/{item}", {"": HONEY}))
    wrong.append(row("https://a.vn/{item}", {"x": HONEY[1:]}))
    wrong.append(row("https://a.vn/{item}", {"x": 8930000000019}))
    wrong.append(row("https://a.vn/{item}", "x"))
    wrong.append(row("https://a.vn/{item}", last_day="2027-02-29"))
    wrong.append(row("https://a.vn/{item}", last_day=None))
    wrong.append(row(None))
    wrong.append({"id": "p1"})
    for one in wrong:
        try:
            Pattern(one)
        except PatternError as error:
            assert str(error).endswith(".") and error.vi.endswith("."), one
            continue
        raise AssertionError(one)
    assert Patterns(wrong + [row("https://b.vn/{item}")]).match("https://b.vn/MO-500") is not None


def test_any_text_has_an_answer() -> None:
    patterns = Patterns([row("https://a.vn/{item}/{serial}"), row("https://a.vn/{serial}-{item}", name="p2")])
    for text in (
        "",
        "]",
        "]Q1",
        "h",
        "http",
        "https://",
        "https://a.vn",
        "://",
        "https://\ud800/x",
        "{item}",
    ):
        assert patterns.match(text) is None, text
    for filler in ("1", "-", "/", "1-", "{", "MO-500/", "\u1ec7"):
        long = "https://a.vn/" + filler * (4000 // len(filler))
        assert patterns.match(long) is None and patterns.match(long + "/1") is None, filler
    assert Patterns([]).match("https://a.vn/MO-500/1") is None


def test_addresses_are_split_after_the_host() -> None:
    assert split("HTTPS://A.VN/Path?Q") == ("https://a.vn", "/Path?Q")
    assert split("http://a.vn?q") == ("http://a.vn", "?q")
    assert split("HttpS://a.vn") == ("https://a.vn", "")
    for text in ("a.vn/x", "mailto:a@b.vn", "xhttp://a.vn", "https:/a.vn", "http://", "https://a b/", "]Q1"):
        assert split(text) is None, text
