"""Templates and the ReceiptLine language."""

from printer import layout, plain, templates
from printer.receiptline import escape, parse

NAMES = {"name": None, "note": None, "lines": {"name": None, "amount": None}}


def read(text, fields=None, columns=32):
    template, errors = templates.load(text, NAMES)
    assert errors == [], errors
    document, errors = templates.document(template, fields or {}, columns)
    assert errors == [], errors
    return document


def shown(text, fields=None, columns=32):
    return plain.text(read(text, fields, columns))


def wrong(text):
    """The numbers of the lines that are wrong, in the template or in what it makes."""
    template, errors = templates.load(text, NAMES)
    if not errors:
        errors = templates.document(template, {"name": "x"}, 32)[1]
    return [number for number, _ in errors]


def test_alignment_is_told_by_blanks():
    assert shown("left | right") == "left" + " " * 23 + "right\n"
    assert (
        shown("|left\nright|\nmiddle\n| middle |")
        == "left\n" + " " * 27 + "right\n" + " " * 13 + "middle\n" + " " * 13 + "middle\n"
    )


def test_columns_have_widths():
    assert shown("{width:8 * 6}\n|a | b | c|", columns=24) == "a" + " " * 11 + "b" + " " * 10 + "c\n"
    assert shown("{width:4 4;border:2;align:right}\n|a | b|", columns=16) == " " * 6 + "a" + " " * 8 + "b\n"
    assert shown("{width:* 3}\n|a | 185.000|", columns=16) == "a" + " " * 8 + "185.000\n"


def test_a_long_name_wraps_and_its_amount_does_not():
    lines = shown("{width:* 8}\n|Mật ong hoa rừng Hương Khê 500 ml | 1.185.000 ₫|").split("\n")
    assert lines[0].endswith("1.185.000 ₫") and len(lines[0]) == 32
    assert " ".join((lines[0][:20] + lines[1]).split()) == "Mật ong hoa rừng Hương Khê 500 ml"
    # where the amount would leave less than half of the paper, it stands below
    stacked = shown("{width:* 8}\n|Thu ngân | Nguyễn Thị Hồng Hạnh|", columns=24).split("\n")
    assert stacked[:2] == ["Thu ngân", "    Nguyễn Thị Hồng Hạnh"]


def test_styles():
    document = read('|a"b"^c^^^d^^^e')
    runs = layout.lines(document)[0]["runs"]
    assert runs == [
        ("a", False, 1, 1),
        ("b", True, 1, 1),
        ("c", False, 2, 1),
        ("d", False, 2, 2),
        ("e", False, 1, 1),
    ]


def test_rules_cuts_codes_and_blank_lines():
    kinds = [
        item["kind"]
        for item in read("-\n\n{option:ean}\n{code:893456313816}\n{option:qrcode,4,m}\n{c:AB}\n=")["items"]
    ]
    assert kinds == ["rule", "row", "barcode", "qr", "cut"]
    qr = read("{option:qrcode,4,m}\n|{c:A\\;B}")["items"][0]
    assert (qr["text"], qr["cell"], qr["level"], qr["align"]) == ("A;B", 4, "m", "left")


def test_fields_print_as_they_are():
    for value in ('a|b{c}d~e_f"g`h^i\\j', "---", "===", "{code:x}", "\\x41 \\n", "~x~"):
        assert shown("|{{name}}", {"name": value}) == value + "\n", value
    assert shown("|{{name}}|", {"name": " a\nb\x1b@ "}) == " " * 13 + "a b @\n"


def test_repeat_if_and_else():
    text = "{repeat:lines}\n|{{name}} | {{amount}}|\n{end}\n{if:note}\n|{{note}}\n{else}\n|none\n{end}\n{if:not note}\n|no\n{end}"
    goods = [{"name": "a", "amount": "1"}, {"name": "b", "amount": "2"}]
    assert shown(text, {"lines": goods, "name": "outer"}, 8) == "a      1\nb      2\nnone\nno\n"
    assert shown(text, {"lines": [], "note": "x"}, 8) == "x\n"


def test_lines_without_any_filled_field_are_left_out():
    assert shown('|"{{name}}\n|Lô {{name}}\n|{{name}} | {{note}}|\n|x') == "Lô\nx\n"


def test_errors_name_their_line():
    cases = {
        "a\n{{nmae}}": [2],
        "{repeat:name}\n{end}": [1],
        "{if:what}\n{end}": [1],
        "{if:name}\na": [1],
        "{end}": [1],
        "a\n{else}": [2],
        "{{lines}}": [1],
        "a\n\n{cood:1}": [3],
        "{width:3 x}": [1],
        "{option:ean,blue}": [1],
        "{option:ean}\n{code:12345}": [2],
        "{option:qrcode}\n{code:Đ}": [2],
        "a {b} c": [1],
        "|a|{width:3}|": [1],
        "_a_\n`b`": [1, 1, 2, 2],
        "a\\q": [1],
        "{image:cat}": [1],
        "{border:line}\n{text:nowrap}\n{command:x}": [1, 2, 3],
        "{width:3 3}\n|a|b|c|": [2],
        "{code}": [1],
        "{code:}": [1],
        "{label:5x5}": [1],
        "{label:50x30;across:0}": [1],
        "{{amount}}": [1],
    }
    for text, lines in cases.items():
        assert wrong(text) == lines, (text, templates.load(text, NAMES))
    for _, message in templates.load("{{nmae}}", NAMES)[1]:
        assert "nmae" in message and " / " in message


def test_errors_behind_a_repeat_name_the_templates_line():
    template, errors = templates.load("{repeat:lines}\n|x\n{option:ean}\n{code:{{name}}}\n{end}", NAMES)
    assert errors == []
    errors = templates.document(template, {"lines": [{"name": "1"}, {"name": "893456313816"}]}, 32)[1]
    assert [number for number, _ in errors] == [4]


def test_escape_is_undone_by_parse():
    for code in range(32, 127):
        c = chr(code)
        items, _, errors = parse([(1, "|" + escape("x" + c + "y"))], {})
        assert errors == []
        text = "".join([run[0] for run in items[0]["cells"][0][1]])
        assert text == "x" + c + "y", c


def test_pictures_are_named():
    items, _, errors = parse([(1, "|{image:logo}")], {"logo": (8, 1, b"\xf0")})
    assert errors == [] and items[0]["rows"] == b"\xf0" and items[0]["align"] == "left"
