from scanner import check_digits, codes, stamps

GTIN = "08931234567897"
STAMP = stamps.uri(stamps.Stamp("OCOP.HATINH.VN", "A", bytes(64), GTIN, 7))


def refused(text: str) -> str:
    try:
        codes.parse(text)
    except codes.CodeError as error:
        return str(error)
    return ""


def test_a_stamp():
    code = codes.parse(STAMP)
    assert code.kind == "stamp"
    assert code.text == STAMP
    assert code.elements == [["01", GTIN], ["21", "7"]]
    assert (code.gtin, code.serial, code.host) == (GTIN, "7", "OCOP.HATINH.VN")
    assert code.stamp is not None
    assert code.stamp.serial == 7


def test_a_stamp_with_anything_added_is_only_a_digital_link():
    for text in (
        STAMP.replace("HTTPS", "https"),
        STAMP.replace("OCOP", "ocop"),
        STAMP.replace(".VN/", ".VN:443/"),
        STAMP.replace(".VN/", ".VN./"),
        STAMP.replace("//", "//X@"),
        STAMP.lower(),
        STAMP.replace("/S/", "/%53/"),
        STAMP.replace("/S/", "/s/"),
        STAMP.replace("/21/7", "/21/%37"),
        STAMP.replace(GTIN, "%30" + GTIN[1:]),
        STAMP.replace("/S/A", "/S/"),
        STAMP.replace("/S/A", "/S/B/A"),
        STAMP.replace("/21/7", "/21/07"),
        STAMP.replace("/21/7", "/10/A/21/7"),
        STAMP + "?17=271231",
        STAMP + "?x=1",
        STAMP + "#x",
    ):
        code = codes.parse(text)
        assert code.kind == "gs1_digital_link", text
        assert code.stamp is None
        assert code.host == "OCOP.HATINH.VN"
        assert code.gtin == GTIN
        assert code.serial in ("7", "07")


def test_digital_links():
    for text, host, elements in (
        (f"https://id.gs1.org/01/{GTIN}", "ID.GS1.ORG", [["01", GTIN]]),
        (f"http://a.vn/x/01/{GTIN}/10/A%2F1/21/b+", "A.VN", [["01", GTIN], ["10", "A/1"], ["21", "b+"]]),
        (f"https://a/01/{GTIN}/235/T?17=271231&x=y", "A", [["01", GTIN], ["235", "T"], ["17", "271231"]]),
        (f"https://a/01/{GTIN}?&&11=260200&x&17&%31%30=A&1%30", "A", [["01", GTIN], ["11", "260200"]]),
        (f"https://a/01/{GTIN}?91=A;B%26%2B", "A", [["01", GTIN], ["91", "A;B&+"]]),
        (f"https://a/01/{GTIN}/21/5?8030=-_aZ09", "A", [["01", GTIN], ["21", "5"], ["8030", "-_aZ09"]]),
        (f"https://a/01/x/01/{GTIN}", "A", [["01", GTIN]]),
        (f"https://a/01/{GTIN}/10/00/21/5", "A", [["01", GTIN], ["10", "00"], ["21", "5"]]),
    ):
        code = codes.parse(text)
        assert code.kind == "gs1_digital_link", text
        assert code.elements == elements
        assert code.host == host


def test_hosts():
    for authority, host in (
        ("a.vn", "A.VN"),
        ("A.VN.", "A.VN"),
        ("a.vn:8443", "A.VN"),
        ("ocop.vn@evil.example", "EVIL.EXAMPLE"),
        ("x:y@a.vn:1", "A.VN"),
        ("x@y@a.vn", "A.VN"),
        ("[2001:db8::1]", "[2001:DB8::1]"),
        ("x@[2001:db8::1]:8443", "[2001:DB8::1]"),
        ("xn--h-tnh-yqa4w.example", "XN--H-TNH-YQA4W.EXAMPLE"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1", "["),
        (":80", ""),
    ):
        assert codes.parse(f"https://{authority}/q/01/{GTIN}").host == host


def test_wrong_digital_links_say_why():
    for text in (
        f"https://a/01/{GTIN[:-1]}1",
        f"https://a/01/{GTIN[1:]}",
        f"https://a/01/{GTIN}/21/5/10/A",
        f"https://a/01/{GTIN}/22/A/235/B",
        f"https://a/01/{GTIN}/10/A/10/A",
        f"https://a/01/{GTIN}/99/A",
        f"https://a/01/{GTIN}/21/",
        f"https://a/01/{GTIN}/",
        f"https://a/01/{GTIN}?10=A",
        f"https://a/01/{GTIN}?21=A",
        f"https://a/01/{GTIN}?17=271301",
        f"https://a/01/{GTIN}?17=270230",
        f"https://a/01/{GTIN}?17=271231&17=271231",
        f"https://a/01/{GTIN}?17=",
        f"https://a/01/{GTIN}?89=1",
        f"https://a/01/{GTIN}/21/123456789012345678901",
        f"https://a/01/{GTIN}/21/%C3%A9",
        f"https://a/01/{GTIN}?91=A+B",
        f"https://a/01/{GTIN}?" + "x=&" * 64,
        f"https://a/01/{GTIN}?02={GTIN}&37=1",
        f"https://a/01/{GTIN}/21/" + "%41" * 100,
        f"https://a/01/{GTIN}/foo/bar",
        f"https://a/01/{GTIN}/21/a%00",
        f"https://a/01/{GTIN}/21/5?8030=a*b",
        f"https://a/01/{GTIN}/21/5?8030=" + "A" * 91,
    ):
        assert refused(text), text


def test_other_addresses_are_text():
    for text in (
        "https://vnexpress.net/2026/01/mung-xuan-2026",
        "https://a.vn/",
        "https://a.vn/00",
        "https://a.vn/01/",
        f"https:///01/{GTIN}",
        f"https://a b/01/{GTIN}",
        f"https://đ.vn/01/{GTIN}",
        f"ftp://a/01/{GTIN}",
        f"HtTps://a/01/{GTIN}",
        f"https://[fe80::1%25lo]/01/{GTIN}",
        f"https://x@/01/{GTIN}",
        f"https://a_b.vn/01/{GTIN}",
        "https://a.vn/401/login",
        "https://a.vn/8004/x/8010/news",
        "https://",
        "WIFI:T:WPA;S:shop;P:secret;;",
    ):
        assert codes.parse(text).kind == "text", text


def test_element_strings():
    wanted = [["01", GTIN], ["17", "271231"], ["10", "A1"], ["21", "5"]]
    data = f"01{GTIN}1727123110A1\x1d215"
    for first in ("\x1d", "]C1", "]d2", "]Q3", "]e0", "]C1\x1d"):
        code = codes.parse(first + data)
        assert code.kind == "gs1_element_string"
        assert code.elements == wanted
        assert (code.gtin, code.serial, code.host) == (GTIN, "5", None)
    assert codes.parse(f"(01){GTIN}(17)271231(10)A1(21)5").elements == wanted
    assert codes.parse(data).kind == "text"  # nothing says that this is GS1
    assert codes.parse("(10)a\\(b)c").elements == [["10", "a(b)c"]]
    assert codes.parse("\x1d3105000123").elements == [["3105", "000123"]]
    assert codes.parse("\x1d235abc\x1d01" + GTIN).elements == [["235", "abc"], ["01", GTIN]]
    assert codes.parse("\x1d10A\x1d10A").elements == [["10", "A"], ["10", "A"]]
    assert codes.parse("\x1d10A\x1d").elements == [["10", "A"]]
    assert codes.parse("\x1d01" + GTIN + "\x1d10A").elements == [["01", GTIN], ["10", "A"]]


def test_wrong_element_strings_say_why():
    for text in (
        "\x1d",
        "]C1",
        "\x1d01" + GTIN[:-1] + "1",
        "\x1d01" + GTIN[:-1],
        "\x1d01" + GTIN + "\x1d\x1d10A",
        "\x1d10\x1d21A",
        "\x1d10",
        "\x1d10123456789012345678901",
        "\x1d10a b",
        "\x1d10đ",
        "\x1d01089312345678９7",
        "\x1d17271301",
        "\x1d17270230",
        "\x1d10A\x1d10B",
        "\x1d89A",
        "\x1d310n123456",
        "\x1d3106000123",
        "(01)" + GTIN + "(10)",
        "(01)" + GTIN + " (10)A",
        "(01)",
        "]E0" + GTIN[1:-1] + "1",
        "]E0" + GTIN,
        "]E48931234",
        "]C1https://a/b",
    ):
        assert refused(text) or codes.parse(text).kind == "text", text
        assert refused(text), text


def test_messages_hold_nothing_that_cannot_be_shown():
    for char in refused("\x1d10a\x07b\u202e"):
        assert " " <= char <= "~"


def test_retail_codes():
    for text, gtin in (
        ("8931234567897", GTIN),
        ("]E08931234567897", GTIN),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("]E496385074", "00000096385074"),
        ("04252614", "00042100005264"),  # UPC-E of 042100005264
        ("01234565", "00012345000065"),
        ("01278907", "00012000007897"),  # these as zxing-cpp expands them
        ("06543236", "00065400000326"),
        ("01234543", "00012340000053"),
        ("01234596", "00012345000096"),
        ("12345601", "00000012345601"),  # as UPC-E 00123000004561; EAN-8 goes before it
    ):
        code = codes.parse(text)
        assert code.kind == "ean", text
        assert code.gtin == gtin
        assert code.elements == [["01", gtin]]
        assert code.serial is None
    for text in ("8931234567890", "036000291453", "96385070"):
        assert "check digit" in refused(text)


def test_anything_else_is_text():
    for text in (
        "",
        " ",
        "]",
        "]Q",
        "]XX",
        "(",
        "()",
        "(1)",
        "(84) 912345678",
        "(310n)123456",
        "8931234567897 ",
        "８９３１２３４５６７８９７",
        "123",
        "1234567",
        "12345678901234",
        "001095012345|Nguyễn Văn An|01011995|Nam",
        "\x00",
        "\ud800",
        "😀",
        "%",
        "(01)" + GTIN + "x" * 4096,
        STAMP + "#" + "x" * 4096,
        "9" * 100000,
    ):
        assert codes.parse(text).kind == "text", text[:40]
        assert codes.parse(text).gtin is None


def test_an_ean_and_what_is_printed_with_it():
    for text, elements in (
        ("]E0" + GTIN[1:], [["01", GTIN]]),
        ("]E0" + GTIN[1:] + "|]e010A1\x1d17271231", [["01", GTIN], ["10", "A1"], ["17", "271231"]]),
        ("]E496385074|]e010A1", [["01", "00000096385074"], ["10", "A1"]]),
        ("]E3" + GTIN[1:], [["01", GTIN]]),
        ("]E3" + GTIN[1:] + "12", [["01", GTIN]]),
        ("]E3" + GTIN[1:] + "12345", [["01", GTIN]]),
    ):
        code = codes.parse(text)
        assert (code.kind, code.elements, code.text) == ("ean", elements, text)
        assert code.gtin == elements[0][1]
    for text in (
        "]E1",
        "]E112",
        "]E212345",
        "]E0" + GTIN[1:] + "12",
        "]E0" + GTIN[1:] + "|",
        "]E0" + GTIN[1:] + "|]e0",
        "]E0" + GTIN[1:] + "|]e089A",
        "]E0" + GTIN[1:] + "|]C110A",
        "]E0" + GTIN[1:-1] + "1|]e010A",
        "]E3" + GTIN[1:] + "123",
        "]E3" + GTIN[1:] + "１２",
        "]E3" + GTIN[1:] + "12|]e010A",
        "]E00" + GTIN[1:],
        "]E0036000291452",
        "]E404252614",
    ):
        assert refused(text), text


def test_a_number_in_a_plain_symbol_need_not_be_an_ean():
    assert codes.parse("]C0" + GTIN[1:]).gtin == GTIN
    assert codes.parse("]C0" + GTIN[1:-1] + "1").kind == "text"
    assert codes.parse("]Q112345678").kind == "text"
    assert codes.parse("]I1" + GTIN).kind == "text"


def test_symbology_identifiers_of_plain_symbols():
    assert codes.parse("]Q1" + STAMP).kind == "stamp"
    assert codes.parse("]Q1" + STAMP).text == "]Q1" + STAMP
    assert codes.parse("]d1hello").kind == "text"
    assert codes.parse("]Q1https://a/01/" + GTIN).kind == "gs1_digital_link"


def test_typed_lines():
    for serial in (1, 7, 12345, 4294967295):
        line = stamps.typed_line(GTIN, serial)
        for text in (line, line.replace(" ", ""), line.replace(" ", "-"), f" {line} ", " ".join(line)):
            code = codes.parse_typed(text)
            assert code.kind == "typed"
            assert code.elements == [["01", GTIN], ["21", str(serial)]]
            assert code.stamp is None


def test_wrong_typed_lines():
    line = stamps.typed_line(GTIN, 12345)
    for text in (line[:-1], line[:-1] + str((int(line[-1]) + 1) % 10), line + "1", "1" + line):
        try:
            codes.parse_typed(text)
        except codes.CodeError as error:
            assert "digits" in str(error)
        else:
            raise AssertionError(text)
    zero = GTIN + "0"
    padded = GTIN + "012345"
    for body in (zero, padded):
        try:
            codes.parse_typed(body + check_digits.mod97_digits(body))
        except codes.CodeError:
            continue
        raise AssertionError(body)


def test_a_keyboard_may_also_be_a_scanner():
    assert codes.parse_typed(STAMP).kind == "stamp"
    assert codes.parse_typed("8931234567897").kind == "ean"
    assert codes.parse_typed("xin chào").kind == "text"
    assert codes.parse_typed("1" * 5000).kind == "text"
