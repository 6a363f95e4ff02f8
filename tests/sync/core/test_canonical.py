import json
from binascii import hexlify, unhexlify

from sync.canonical import DEEPEST, LARGEST, CanonicalError, decode, encode

HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."


def refused(function, value):
    try:
        function(value)
    except CanonicalError:
        return True
    return False


def vectors():
    """Lines of canonical_vectors.jsonl: {"name", "json"?, "hex"} or {"name", "refused": hex}."""
    with open(HERE + "/canonical_vectors.jsonl", "rb") as file:
        return [json.loads(line) for line in file.read().decode().split("\n") if line]


def test_vectors():
    count = 0
    for vector in vectors():
        if "hex" in vector:
            data = unhexlify(vector["hex"])
            value = decode(data)
            assert encode(value) == data, vector["name"]
            if "json" in vector:
                assert encode(json.loads(vector["json"])) == data, vector["name"]
        else:
            assert refused(decode, unhexlify(vector["refused"])), vector["name"]
        count += 1
    assert count > 40


def test_rfc_8785_section_3_2_2_without_its_floats():
    value = {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    # Section 3.2.4 gives these bytes, "numbers" left out.
    expected = (
        "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c"
        "22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
    )
    assert hexlify(encode(value)).decode() == expected


def test_rfc_8785_section_3_2_3_sorts_its_ascii_keys():
    assert encode({"1": "One", "\r": "Carriage Return"}) == b'{"\\r":"Carriage Return","1":"One"}'


def test_rfc_8785_section_3_2_3_other_keys_are_refused():
    for key in ("\u20ac", "\ufb33", "\u0080", "\u00f6", "\x7f"):
        assert refused(encode, {key: 1})
        assert refused(encode, [{"a": {key: 1}}])


def test_rfc_8785_appendix_b_integers():
    for value, text in ((0, b"0"), (9007199254740991, b"9007199254740991")):
        assert encode(value) == text
        assert decode(text) == value
    assert encode(-9007199254740991) == b"-9007199254740991"


def test_big_integers_are_refused():
    for value in (LARGEST + 1, -LARGEST - 1, 2**63, 2**64, 10**400):
        assert refused(encode, value)
        assert refused(encode, {"a": [value]})
    for text in (b"9007199254740992", b"-9007199254740992", b"1" + b"0" * 5000):
        assert refused(decode, text)


def test_floats_are_refused_even_whole_ones():
    for value in (0.0, 1.0, 2.5, float("inf"), float("nan")):
        assert refused(encode, value)
    for text in (b"0.0", b"1.0", b"1e2", b"-0", b"NaN", b"Infinity", b"-Infinity"):
        assert refused(decode, text)


def test_other_types_are_refused():
    for value in (b"bytes", bytearray(b"b"), {1, 2}, object(), {1: 2}, {None: 1}, {b"a": 1}, {True: 1}):
        assert refused(encode, value)


def test_booleans_are_not_numbers():
    assert encode([True, 1, False, 0]) == b"[true,1,false,0]"
    assert decode(b"[true,1]")[0] is True
    assert decode(b"[true,1]")[1] is not True


def test_lone_surrogates_are_refused():
    for code in (0xD800, 0xDBFF, 0xDC00, 0xDFFF):
        letter = chr(code)
        for text in (letter, "a" + letter, letter + "b", '"' + letter, "\n" + letter, "\U0001f600" + letter):
            assert refused(encode, text)
            assert refused(encode, {"a": text})
    for data in (b'"\\ud800"', b'"\\udc00a"', b'"\xed\xa0\x80"', b'"\xed\xbf\xbf"'):
        assert refused(decode, data)


def test_neighbours_of_the_surrogates_are_letters():
    for code in (0x7F, 0x80, 0xFFFF, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF):
        text = "x" + chr(code)
        assert encode(text) == b'"' + text.encode() + b'"'
        assert decode(encode(text)) == text


def test_control_letters_are_escaped_as_rfc_8785_says():
    named = {8: b"\\b", 9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}
    for code in range(128):
        expected = named.get(code, b"\\u%04x" % code if code < 32 else bytes([code]))
        assert encode(chr(code)) == b'"' + expected + b'"'
        assert decode(b'"' + expected + b'"') == chr(code)


def test_keys_are_sorted_whatever_their_order():
    keys = ["b", "a", "B", "A", "aa", "", "_", "0", "10", "9", "~", " ", '"', "\\", "\n"]
    expected = sorted(keys)
    for start in range(len(keys)):
        value = {}
        for place in range(len(keys)):
            value[keys[(start + place) % len(keys)]] = place
        found = [pair.split(b'":')[0] for pair in encode(value)[2:].split(b',"')]
        assert [decode(b'"' + key + b'"') for key in found] == expected


def nested(depth, text=False):
    if text:
        return b"[" * depth + b"]" * depth
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_nesting_ends_at_sixteen():
    for depth in (1, DEEPEST, DEEPEST + 1):
        assert encode(nested(depth)) == nested(depth, True)
        assert decode(nested(depth, True)) == nested(depth)
    for depth in (DEEPEST + 2, 100):
        assert refused(encode, nested(depth))
    for depth in (DEEPEST + 2, 100, 5000):
        assert refused(decode, nested(depth, True))
        assert refused(decode, b"[" * depth)
        assert refused(decode, b'{"a":' * depth)


def test_vietnamese_goes_out_as_it_is():
    text = "Bưởi Phúc Trạch, Cu đơ Hà Tĩnh ₫"
    assert encode({"name": text}) == b'{"name":"' + text.encode() + b'"}'
    assert decode(encode({"name": text})) == {"name": text}


def test_a_list_and_a_tuple_are_the_same():
    assert encode((1, ("a",), [])) == encode([1, ["a"], ()]) == b'[1,["a"],[]]'


def test_one_flipped_bit_is_another_value_or_refused():
    data = encode({"at": 1795400000000, "name": "Mật ong", "list": [1, True, None, "a\n"]})
    whole = decode(data)
    for place in range(len(data)):
        for bit in range(8):
            spoilt = data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
            try:
                value = decode(spoilt)
            except CanonicalError:
                continue
            assert value != whole
            assert encode(value) == spoilt
