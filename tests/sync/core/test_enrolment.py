from binascii import unhexlify

from sync import enrolment

# base32(1) of the bytes
VECTORS = (
    ("00000000000000000000000000000000", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA"),
    ("ffffffffffffffffffffffffffffffff", "7777-7777-7777-7777-7777-7777-74"),
    ("000102030405060708090a0b0c0d0e0f", "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4"),
    ("deadbeefdeadbeefdeadbeefdeadbeef", "32W3-5366-VW7O-7XVN-X3X5-5LN6-54"),
)


def problem(text):
    try:
        enrolment.read(text)
    except enrolment.CodeError as error:
        return str(error)
    return None


def test_spelling():
    for code, text in VECTORS:
        assert enrolment.spell(unhexlify(code)) == text
        assert enrolment.read(text) == unhexlify(code)


def test_the_qr_code_of_the_office():
    text = enrolment.qr_text("https://vp.vn:8440", bytes(16), "ab" * 32)
    assert text == "OCOP-ENROL https://vp.vn:8440 " + "A" * 26 + " " + "ab" * 32
    assert enrolment.read_qr(text) == ("https://vp.vn:8440", "A" * 26, "ab" * 32)
    for wrong in ("", "OCOP-ENROL", text[:-1], text + " x", text.replace("https", "file"), "x" + text):
        try:
            enrolment.read_qr(wrong)
        except enrolment.CodeError:
            continue
        raise AssertionError(wrong)


def test_every_way_of_typing_it():
    for code, text in VECTORS:
        bare = text.replace("-", "")
        for typed in (
            bare,
            text.lower(),
            bare.lower(),
            text.replace("-", " "),
            " " + text + " \r\n",
            "-" + text,
        ):
            assert enrolment.read(typed) == unhexlify(code)


def test_each_bit_comes_back():
    for bit in range(128):
        code = (1 << bit).to_bytes(16, "big")
        assert enrolment.read(enrolment.spell(code)) == code


def test_what_is_no_code_says_why():
    good = VECTORS[3][1]
    for text in ("", "-", good[:-1], good + "A", good * 2):
        assert "26" in problem(text), text
    for letter in "0189!.,_=":
        assert letter in problem(letter + good[1:])
    # the two spare bits of the last letter
    for last in "567":
        assert problem(good[:-1] + last)


def test_letters_that_only_python_takes_for_latin_are_refused():
    good = VECTORS[1][1].replace("-", "")
    for letter in ("\u0131", "\u017f", "\ufb01", "\u00df", "\uff21", "\uff17", "ệ"):
        assert problem(letter + good[1:])
        assert problem(letter + good[2:])


def test_the_macs_cover_these_bytes():
    public = bytes(range(32))
    assert enrolment.request_message(public) == b"OCOP-ENROL-1" + public
    assert enrolment.answer_message(b"{}", public) == b"OCOP-ENROLLED-1{}" + public
