from scanner import check_digits, stamps

GTIN = "08931234567897"
SIGNATURE = bytes(range(64))


def make(serial: int = 12345, k: str = "A", host: str = "OCOP.HATINH.VN") -> stamps.Stamp:
    return stamps.Stamp(host, k, SIGNATURE, GTIN, serial)


def test_a_stamp_is_read_back():
    for serial in (1, 9, 10, 4294967295):
        stamp = stamps.read(stamps.uri(make(serial, "7")))
        assert stamp is not None
        assert stamp.host == "OCOP.HATINH.VN"
        assert stamp.k == "7"
        assert stamp.signature == SIGNATURE
        assert stamp.gtin == GTIN
        assert stamp.serial == serial


def test_the_form_is_this_one():
    signature = (
        "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYP"
        "SAIJCEMSCKJRHFAUSUKZMFUXC6MBRGIZTINJWG44DSOR3HQ6T4PY"
    )
    assert len(signature) == 103
    assert stamps.uri(make()) == f"HTTPS://OCOP.HATINH.VN/S/A{signature}/01/{GTIN}/21/12345"


def test_the_longest_stamp_keeps_to_the_qr_alphabet_and_size():
    text = stamps.uri(make(4294967295, "Z"))
    for char in text:
        assert char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    assert len(text) <= 178  # what a version 7-M QR holds in alphanumeric mode


def test_no_other_way_of_writing_it_is_a_stamp():
    good = stamps.uri(make())
    assert stamps.read(good) is not None
    signed = good[len("HTTPS://OCOP.HATINH.VN/S/") :][:104]
    others = [
        good.lower(),
        good.replace("HTTPS", "https"),
        good.replace("HTTPS", "HTTP"),
        good.replace("OCOP", "ocop"),
        good.replace("HATINH.VN", "HATINH.VN:443"),
        good.replace("HTTPS://", "HTTPS://ME@"),
        good.replace("OCOP.HATINH.VN", ""),
        good.replace("OCOP.HATINH.VN", "OCOP..VN"),
        good.replace("OCOP.HATINH.VN", "-OCOP.VN"),
        good.replace("OCOP.HATINH.VN", "Ô.VN"),
        good.replace("OCOP.HATINH.VN", "A" * 254),
        good.replace("/S/", "/s/"),
        good.replace("/S/", "/X/S/"),
        good.replace("/S/", "//S/"),
        good.replace("/S/A", "/S/1"),
        good.replace("/S/A", "/S/"),
        good.replace(signed, signed[:-1]),
        good.replace(signed, signed + "A"),
        good.replace(signed, signed[:-1] + "Z"),  # a spare bit set
        good.replace(signed, signed[:-1] + "1"),
        good.replace(signed, signed[:50] + "a" + signed[51:]),
        good.replace("/01/", "/1/"),
        good.replace("/01/", "/gtin/"),
        good.replace(GTIN, GTIN[1:]),
        good.replace(GTIN, GTIN[:-1] + "5"),
        good.replace(GTIN, GTIN[:-1] + "３"),
        good.replace("/21/", "/10/"),
        good.replace("/12345", "/012345"),
        good.replace("/12345", "/0"),
        good.replace("/12345", "/"),
        good.replace("/12345", "/4294967296"),
        good.replace("/12345", "/12345678901"),
        good.replace("/12345", "/1234５"),
        good.replace("/12345", "/-1"),
        good + "/",
        good + "?17=261123",
        good + "#",
        good + "/10/A",
        good + "\n",
        " " + good,
        "",
        "HTTPS://",
        good * 100,
    ]
    for text in others:
        assert text != good
        assert stamps.read(text) is None, text


def test_every_set_spare_bit_is_refused():
    good = stamps.base32(SIGNATURE)
    last = stamps.ALPHABET.find(good[-1])
    assert last % 8 == 0
    for spare in range(1, 8):
        assert stamps.unbase32(good[:-1] + stamps.ALPHABET[last + spare]) is None


def test_base32_vectors_of_rfc_4648():
    for data, text in (
        (b"", ""),
        (b"f", "MY"),
        (b"fo", "MZXQ"),
        (b"foo", "MZXW6"),
        (b"foob", "MZXW6YQ"),
        (b"fooba", "MZXW6YTB"),
        (b"foobar", "MZXW6YTBOI"),
    ):
        assert stamps.base32(data) == text
        assert stamps.unbase32(text) == data
    for text in ("A", "MZX", "MY======", "my", "M1", "AAAAAAA1", "AAA"):
        assert stamps.unbase32(text) is None


def test_what_is_signed():
    message = stamps.message("OCOP.HATINH.VN", "A", GTIN, 12345)
    assert message == b"OCOP-STAMP-1/OCOP.HATINH.VN/A/08931234567897/12345"


def test_the_typed_line_has_check_digits_over_gtin_and_serial():
    line = stamps.typed_line(GTIN, 12345)
    gtin, serial, check = line.split(" ")
    assert (gtin, serial) == (GTIN, "12345")
    assert int(gtin + serial + check) % 97 == 1
    for serial_number in range(1, 300):
        gtin, serial, check = stamps.typed_line(GTIN, serial_number).split(" ")
        assert len(check) == 2
        assert int(gtin + serial + check) % 97 == 1


def test_mod_97_finds_every_wrong_digit_and_every_swap():
    digits = stamps.typed_line(GTIN, 90876).replace(" ", "")
    assert check_digits.mod97_ok(digits)
    for place in range(len(digits)):
        for digit in "0123456789":
            if digit != digits[place]:
                assert not check_digits.mod97_ok(digits[:place] + digit + digits[place + 1 :])
    for place in range(len(digits) - 1):
        pair = digits[place : place + 2]
        if pair[0] != pair[1]:
            assert not check_digits.mod97_ok(digits[:place] + pair[1] + pair[0] + digits[place + 2 :])


def test_gs1_check_digits():
    for good in ("96385074", "036000291452", "4006381333931", "08931234567897", "106141412345678908"):
        assert check_digits.gs1_ok(good), good
        for digit in "0123456789":
            if digit != good[-1]:
                assert not check_digits.gs1_ok(good[:-1] + digit)
    for bad in ("", "0", "９6385074", "9638507 ", "-6385074"):
        assert not check_digits.gs1_ok(bad)
    assert not check_digits.is_gtin14("4006381333931")
