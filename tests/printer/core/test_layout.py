"""Rows of text in columns, made into lines that fit."""

from printer import documents, layout, plain

NAMES = [
    "Mật ong hoa rừng Hương Khê",
    "Nước mắm nhỉ Phú Khương thượng hạng đóng chai thuỷ tinh 500 ml",
    "A" * 70,
    "蜜 " * 20,
    "x",
    "Kẹo\tcu\nđơ “Phong Nga” – hộp",
    "",
]
AMOUNTS = ["5.000", "185.000 ₫", "123.456.789.000 ₫"]


def lines(item, columns):
    document = documents.document(columns)
    document["items"].append(item)
    return layout.lines(document)


def texts(item, columns):
    return ["".join([run[0] for run in line["runs"]]) for line in lines(item, columns)]


def test_no_line_is_wider_than_the_paper_and_no_letter_is_lost():
    for columns in (32, 40, 42, 48):
        for name in NAMES:
            for size in ("normal", "wide", "tall", "large"):
                for align in ("left", "center", "right"):
                    made = lines(documents.text(name, align, False, size), columns)
                    assert max([line["width"] for line in made]) <= columns, (name, size, columns)
                    got = "".join([run[0] for line in made for run in line["runs"]])
                    assert got.replace(" ", "") == "".join(layout.clean(name).split()), (name, size)


def test_amounts_stand_flush_right_and_whole():
    for columns in (32, 42, 48):
        for name in NAMES:
            for amount in AMOUNTS:
                made = texts(documents.pair(name, amount), columns)
                assert [text for text in made if amount in text] != [], (name, amount)
                for line in lines(documents.pair(name, amount), columns):
                    text = "".join([run[0] for run in line["runs"]])
                    if text.endswith(amount):
                        assert line["align"] == "right" or line["width"] == columns


def test_words_stay_whole_where_they_fit():
    for columns in (8, 16, 32, 42, 48):
        made = texts(documents.text(NAMES[1]), columns)
        assert " ".join(made) == NAMES[1]
    assert texts(documents.text("AAAAAAAAAAAA B"), 5) == ["AAAAA", "AAAAA", "AA B"]


def test_blanks_before_the_first_word_go_before_every_line():
    assert texts(documents.text("  Cu Đơ Phong Nga"), 9) == ["  Cu Đơ", "  Phong", "  Nga"]


def test_a_no_break_space_keeps_its_words_together():
    assert texts(documents.text("Lô A, HSD\xa001/11/2027"), 16) == ["Lô A,", "HSD 01/11/2027"]


def test_large_letters_take_two_cells():
    assert texts(documents.text("Hà Tĩnh Hà", size="large"), 14) == ["Hà Tĩnh", "Hà"]
    assert [line["width"] for line in lines(documents.text("蜜蜜", size="wide"), 8)] == [8]


def test_decomposed_text_takes_the_same_cells():
    whole, loose = "Hà Tĩnh", "Ha\u0300 Ti\u0303nh"
    assert lines(documents.pair(loose, "1"), 32) == lines(documents.pair(whole, "1"), 32)


def test_styles_beside_each_other():
    cells = [
        ("left", [documents.run("Mật", True), documents.run(" ong")]),
        ("right", [documents.run("1", True)]),
    ]
    (line,) = lines(documents.row(cells, [-1, 4]), 12)
    assert line["runs"] == [("Mật", True, 1, 1), (" ong    ", False, 1, 1), ("1", True, 1, 1)]


def test_plain_text_is_the_paper():
    document = documents.document(20)
    document["items"] += [
        documents.text("OCOP", "center", True, "large"),
        documents.rule(),
        documents.pair("Mật ong", "185.000 ₫"),
        documents.feed(2),
        documents.qr("HTTPS://A"),
        documents.barcode("893456313816", "ean13"),
        documents.drawer(),
        documents.cut(),
    ]
    assert plain.text(document) == (
        "        OCOP\n" + "-" * 20 + "\nMật ong    185.000 ₫\n\n\n    [HTTPS://A]\n   [893456313816]\n"
    )
    document["items"].append({"kind": "melody"})
    try:
        plain.text(document)
    except ValueError as error:
        assert "melody" in str(error)
    else:
        raise AssertionError("no error")
