"""Every letter and sign, through every profile, read back from the paper of the virtual printer."""

import unicodedata

import pytest
from PIL import Image, ImageDraw

from printer import documents, escpos, profiles
from printer.host import fonts, virtual
from printer.host.raster import cell, line, raster
from printer.vietnamese import LETTERS

SIGNS = "₫–—“”‘’★"


def alphabet():
    """The Vietnamese letters beyond ASCII, made from Unicode's own composition and nothing of ours."""
    vowels = "aăâeêioôơuưy"
    tones = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
    small = {unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones} | {"đ"}
    both = small | {letter.upper() for letter in small}
    return {letter for letter in both if ord(letter) > 127}


def printed(text, name, **style):
    paper = documents.document(48)
    paper["items"].append(documents.text(text, **style))
    reading = virtual.read(escpos.encode(paper, profiles.profile(name), raster))
    assert reading.problems == []
    return reading


def rows_of_first_line(reading, height=24):
    """What stands on the paper in the first line, by its dots (ink is 1)."""
    left, top = virtual.MARGIN, virtual.MARGIN
    right = reading.paper.width - virtual.MARGIN
    strip = reading.paper.crop((left, top, right, top + height))
    return strip.point(lambda value: 255 - value)


def test_our_letters_are_unicodes():
    assert set(LETTERS) == alphabet()
    assert len(alphabet()) == 134


def test_the_fonts_have_every_letter_and_sign():
    for bold in (False, True):
        missing = [letter for letter in sorted(alphabet()) + list("₫–—“”‘’…") if not fonts.has(letter, bold)]
        assert missing == []
        assert not fonts.has("\u2605", bold), "the font has ★ now: our own drawing can go"


def test_no_two_letters_look_alike():
    everything = LETTERS + SIGNS + "".join(map(chr, range(33, 127)))
    for bold in (False, True):
        shapes = {}
        for letter in everything:
            shape = cell(letter, bold)
            assert shape.getbbox() is not None, letter
            twin = shapes.setdefault(shape.tobytes(), letter)
            assert twin == letter or {twin, letter} <= set("“”‘’"), (twin, letter)


@pytest.mark.parametrize(("bold", "ink"), [(False, 75), (True, 118)])
def test_no_letter_is_cut_off_at_its_cell(bold, ink):
    font = fonts.load(18, bold)
    pressed = ""
    for letter in LETTERS:
        field = Image.new("L", (60, 60))
        at = (24 + (12 - font.getlength(letter)) / 2, 40)
        ImageDraw.Draw(field).text(at, letter, fill=255, font=font, anchor="ls")
        whole = field.point([255 if value >= ink else 0 for value in range(256)], "1")
        if whole.getbbox()[1] < 20:  # higher than 20 dots over the foot
            pressed += letter
            assert cell(letter, bold).getbbox()[1] == 0, letter
        else:
            dots = [
                sum(byte.bit_count() for byte in image.tobytes()) for image in (whole, cell(letter, bold))
            ]
            assert dots[0] == dots[1], letter
    assert set(pressed) <= {letter for letter in LETTERS if len(unicodedata.normalize("NFD", letter)) == 3}
    assert pressed == pressed.upper()


@pytest.mark.parametrize("name", ["tcvn", "virtual"])
@pytest.mark.parametrize("style", [{}, {"bold": True}, {"size": "tall"}, {"size": "large"}])
def test_pages_give_every_letter_back_as_text(name, style):
    for letter in LETTERS + SIGNS.replace("★", ""):
        reading = printed(f"a{letter}b", name, **style)
        assert reading.lines == [f"a{letter}b"]
        assert reading.pictures == []


@pytest.mark.parametrize("name", ["plain", "plain-58"])
@pytest.mark.parametrize("bold", [False, True])
def test_printers_without_pages_get_the_very_dots_of_the_font(name, bold):
    for letter in LETTERS + SIGNS:
        reading = printed(f"a{letter}b", name, bold=bold)
        assert reading.lines == ["a\ufffcb"]
        assert [picture.tobytes() for picture in reading.pictures] == [cell(letter, bold).tobytes()]


def test_both_ways_paint_the_same_paper():
    """Pages and dots end in the same picture, since the virtual printer's own font is ours."""
    for at in range(0, 134, 40):
        for style in ({}, {"bold": True}, {"size": "tall"}, {"align": "center"}):
            text = LETTERS[at : at + 40]
            papers = [printed(text, name, **style).paper for name in ("tcvn", "plain")]
            # A line of letters is 30 dots high with its gap, a picture as high as its dots.
            rows = min(paper.height for paper in papers) - 2 * virtual.MARGIN
            boxes = [
                paper.crop((0, 0, paper.width, virtual.MARGIN + min(rows, 24))).tobytes() for paper in papers
            ]
            assert boxes[0] == boxes[1], (text, style)


def test_the_paper_shows_the_line_dot_by_dot():
    text = "Mật ong — “Hương Khê” 185.000 ₫ ★"
    for name in ("tcvn", "plain"):
        wanted = Image.new("1", (576, 24))
        wanted.paste(line(text), (0, 0))
        assert rows_of_first_line(printed(text, name)).tobytes() == wanted.tobytes()


def test_larger_letters_are_doubled():
    for name in ("tcvn", "plain"):
        got = rows_of_first_line(printed("Ổ Ấm", name, size="large"), 48)
        wanted = Image.new("1", (576, 48))
        wanted.paste(line("Ổ Ấm").resize((96, 48), Image.Resampling.NEAREST), (0, 0))
        assert got.tobytes() == wanted.tobytes()


def twelve_lines():
    """Twelve lines with 57 letters beyond ASCII or more, and a QR code of 165 characters."""
    goods = [
        ("Mật ong hoa rừng Hương Khê", "185.000"),
        ("Kẹo cu đơ Phong Nga, hộp lớn", "130.000"),
        ("Nước mắm nhỉ Phú Khương", "95.000"),
        ("Bưởi Phúc Trạch loại đặc biệt", "60.000"),
        ("Trà xanh Vũ Quang, hộp giấy đỏ nhỏ", "120.000"),
    ]
    paper = documents.document(48)
    paper["items"] += [
        documents.text("Điểm OCOP Hương Khê", "center", True, "large"),
        documents.text("12 Trần Phú, Hà Tĩnh", "center"),
        documents.pair("Số HT01A-12", "23/11/2026 14:05"),
        *[documents.pair(name, amount) for name, amount in goods],
        documents.pair("TỔNG CỘNG", "590.000 ₫", bold=True, size="tall"),
        documents.pair("Tiền mặt", "600.000"),
        documents.pair("Tiền thừa", "10.000"),
        documents.text("Cảm ơn quý khách — hẹn gặp lại", "center"),
        documents.qr("HTTPS://OCOP.HATINH.VN/" + "A" * 142),
        documents.cut(),
    ]
    return paper


def test_bytes_of_a_twelve_line_receipt_with_the_real_letters():
    taught = profiles.profile("plain+glyphs+qr+positions")
    assert len(escpos.encode(twelve_lines(), profiles.profile("tcvn"), raster)) <= 720
    first, held = escpos.job(twelve_lines(), taught, raster, {})
    second, _ = escpos.job(twelve_lines(), taught, raster, held)
    assert len(first) <= 1900
    assert len(second) <= 700


def test_no_two_letters_look_alike_in_the_cells_of_labels_and_needle_printers():
    for size in ((10, 16), (8, 16), (9, 18), (10, 20), (12, 24), (15, 30), (18, 36)):
        for bold in (False, True):
            shapes = {}
            for letter in LETTERS + "".join(map(chr, range(33, 127))):
                assert shapes.setdefault(cell(letter, bold, *size).tobytes(), letter) == letter, (
                    letter,
                    size,
                )


def test_wide_letters_are_drawn_in_two_cells():
    assert cell("蜜").size == (24, 24)
    assert line("a蜜").size == (36, 24)
