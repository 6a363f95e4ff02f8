from scanner import codes, compressed_links

GTIN = "08931234567897"

# The last pieces of what GS1's own toolkit makes of the addresses beside them.
WHOLE = (
    ("ARHKVAdpQg", "/01/09780345418913"),
    ("DBA-7iCtsgowOQ", "/01/08931234567897/21/12345"),
    ("ARA-7iCtskIKMDk", "/01/08931234567897/21/12345"),
    ("GhA-7iCtssReqEb-jVeb3g", "/01/08931234567897/10/L1/21/ABCDEF?17=271231"),
    ("ARA-7iCtsiDEXqLoRv5CjVeb3g", "/01/08931234567897/10/L1/21/ABCDEF?17=271231"),
    ("CxA-7iCtssstFv3oifwCi6Eb-", "/01/08931234567897/10/lot-9?11=260101&17=271231"),
    ("LRA-7iCtsgCcQ", "/01/08931234567897?3103=001250"),
    ("DBA-7iCtsw2FDiUY1I", "/01/08931234567897/21/a!b(c)"),
    ("ChA-7iCtsoRUIEk_P-DutmYO16Y", "/01/08931234567897/22/2A/10/9f9f?utm=tem"),
    ("nSQyq4qJOTrRQ", "/414/9520123456788/254/32ab"),
    ("mkuVISNFq8Ka", "/8010/95212345ABC/8011/77"),
    ("gARr95212345ABc", "/8004/95212345ABc"),
    ("gAYVI5BLiY3aY", "/8006/095201234567880102"),
    ("ohA-7iCtsoJxA", "/01/08931234567897?3922=1250"),
    ("DhA-7iCtslDVStA", "/01/08931234567897?7003=2712311200"),
)
# What stands behind a key and its value.
REST = (("IQUYHI", "/21/12345"), ("EGIvUXQjfw", "/10/L1?17=271231"), ("JUJDKr", "/254/32ab"))


def answer(text: str) -> str:
    try:
        return codes.parse(text).kind
    except codes.CodeError as error:
        return str(error)


def test_a_compressed_link_is_refused_by_name():
    for piece, meaning in WHOLE:
        assert compressed_links.is_packed(piece, False), meaning
        for address in (
            f"https://id.gs1.org/{piece}",
            f"HTTPS://A.VN:8443/stem/01/{piece}",
            f"http://x@a.vn/{piece}?linkType=all#top",
        ):
            assert "compressed" in answer(address), address


def test_so_is_one_with_its_key_left_readable():
    for piece, meaning in REST:
        assert compressed_links.is_packed(piece, True), meaning
        assert not compressed_links.is_packed(piece, False), meaning
        assert "compressed" in answer(f"https://a.vn/01/{GTIN}/{piece}")
        assert "compressed" in answer(f"https://a.vn/x/414/9520123456788/{piece}?a=b")
        assert answer(f"https://a.vn/{piece}") == "text"


def test_a_damaged_piece_is_none():
    """One character more or less: the bits do not come out even. Another in the GTIN: its check digit."""
    for piece, meaning in WHOLE[:4]:
        for wrong in (piece[:-1], piece + "A", "C" + piece, piece + "."):
            assert not compressed_links.is_packed(wrong, False), wrong
        taken = [char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345" if char != piece[5]]
        taken = [char for char in taken if compressed_links.is_packed(piece[:5] + char + piece[6:], False)]
        assert len(taken) <= 6, meaning


def test_other_addresses_are_text():
    for address in (
        "https://youtu.be/dQw4w9WgXcQ",
        "https://shopee.vn/Mat-ong-rung-Ha-Tinh-i.123456.7890",
        "https://zalo.me/0912345678",
        "https://a.vn/AAAAAAAAAAAAAAAA",
        "https://a.vn/" + "A" * 4000,
        "https://a.vn/ARHKVAdpQg/",
        "https://a.vn/?x=ARHKVAdpQg",
        "https://a.vn/x#ARHKVAdpQg",
        "https://www.facebook.com/OcopHaTinh2026",
        "https://a.vn/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "https://a.vn/d41d8cd98f00b204e9800998ecf8427e",
        "https://forms.gle/Xy7Zk3QpLw9aBcDe8",
    ):
        assert answer(address) == "text", address


def test_no_piece_asks_for_more_than_it_has():
    """Every start of a piece, and every first character before a long run, gets an answer."""
    for piece, _ in WHOLE:
        for end in range(len(piece)):
            compressed_links.is_packed(piece[:end], True)
    for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        for rest in "A_Qz9":
            compressed_links.is_packed(first + "P" + rest * 200, True)
