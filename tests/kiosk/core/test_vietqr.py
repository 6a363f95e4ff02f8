"""VietQR texts, against the examples that NAPAS publishes (QR code format 1.5.2)."""

from kiosk import vietqr

BANK, ACCOUNT, CARD = "970403", "0011012345678", "9704031101234567"
FOR = ("thanh toan don hang", "NPS6869")


def refusal(*arguments):
    try:
        vietqr.payload(*arguments)
    except vietqr.AccountError as error:
        return str(error)
    return None


def test_the_published_examples_to_the_letter() -> None:
    static = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN6304"
    assert vietqr.payload(BANK, ACCOUNT) == static + vietqr.crc(static)
    card = "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN6304"
    assert vietqr.payload(BANK, CARD, card=True) == card + "4F52"
    assert vietqr.payload(BANK, ACCOUNT, 180000, *FOR) == (
        "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA5303704540618000058"
        "02VN62340107NPS68690819thanh toan don hang63042E2E"
    )
    assert vietqr.payload(BANK, CARD, 180000, *FOR, card=True) == (
        "00020101021238600010A00000072701300006970403011697040311012345670208QRIBFTTC5303704540618000058"
        "02VN62340107NPS68690819thanh toan don hang6304A203"
    )


def test_the_check_sum_of_the_account_example_whose_length_is_misprinted() -> None:
    # NAPAS prints an account of 13 digits as of length 12 there; its check sum is of what is printed.
    printed = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304"
    assert vietqr.crc(printed) == "F4E5"
    assert vietqr.crc("123456789") == "29B1"  # of the algorithm's own description


def test_what_a_transfer_says_is_what_every_bank_takes() -> None:
    assert vietqr.plain("HT01A G17") == "HT01A G17"
    assert vietqr.plain("Nước mắm — Đơn 12") == "nuoc mam don 12"
    assert vietqr.plain("x" * 30) == "x" * 25
    assert vietqr.payload(BANK, ACCOUNT, 1, "—") == vietqr.payload(BANK, ACCOUNT, 1)


def test_no_text_for_a_bank_or_account_that_cannot_be() -> None:
    for bank, account in (
        ("97040", ACCOUNT),
        ("97040x", ACCOUNT),
        (BANK, ""),
        (BANK, "1" * 20),
        (BANK, "12 34"),
    ):
        assert refusal(bank, account)
    assert refusal(BANK, ACCOUNT, -1) and refusal(BANK, ACCOUNT, vietqr.MOST + 1)
