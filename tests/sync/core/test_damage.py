"""A stored journal with spoilt rows: what is whole travels as ever, what is not is marked."""

from binascii import a2b_base64, hexlify

from sync.damage import Kept, Stored, sort_out, wire
from sync.journal import START, entry_hash, header_bytes

BODY = b'{"gtin":"08931234567019","price":5,"staff":"nv1","v":1}'
COUNT = 6


def journal():
    rows, previous = [], START
    for seq in range(1, COUNT + 1):
        header = header_bytes("HT01A", seq, seq, seq, "sure", "price", BODY)
        previous = entry_hash(previous, header)
        rows.append(Stored(seq, header, BODY, previous))
    return rows


def flipped(data, bit):
    spoilt = bytearray(data)
    spoilt[bit // 8] ^= 1 << bit % 8
    return bytes(spoilt)


def sorted_out(rows, first=1, parent=START, most=100):
    return sort_out(rows, first, parent, "HT01A", most)


def marks(rows, first=1, parent=START):
    return [one.damaged for one in sorted_out(rows, first, parent)]


def test_whole_entries_are_as_they_lie():
    rows = journal()
    assert sorted_out(rows) == [Kept(row.seq, row.header, row.body, row.hash, False) for row in rows]
    assert sorted_out(rows[2:], 3, rows[1].hash) == sorted_out(rows)[2:]
    assert sorted_out(rows[2:], 3, None) == sorted_out(rows)[2:]
    assert sorted_out([]) == []


def test_a_bit_flipped_in_a_header_or_body_is_found_and_blocks_nothing_else():
    for place in range(COUNT):
        for part in ("header", "body"):
            row = journal()[place]
            for bit in range(0, 8 * len(row.header if part == "header" else row.body), 5):
                rows = journal()
                if part == "header":
                    rows[place] = Stored(row.seq, flipped(row.header, bit), row.body, row.hash)
                else:
                    rows[place] = Stored(row.seq, row.header, flipped(row.body, bit), row.hash)
                kept = sorted_out(rows)
                assert [one.damaged for one in kept] == [n == place for n in range(COUNT)], (place, part, bit)
                assert [one.hash for one in kept] == [one.hash for one in journal()]


def test_a_bit_flipped_in_a_hash_is_mended_by_the_next_entry():
    for place in range(COUNT - 1):
        for bit in range(0, 256, 17):
            rows = journal()
            row = rows[place]
            rows[place] = Stored(row.seq, row.header, row.body, flipped(row.hash, bit))
            assert sorted_out(rows) == sorted_out(journal())


def test_the_newest_hash_has_nobody_to_mend_it():
    rows = journal()
    last = rows[-1]
    rows[-1] = Stored(last.seq, last.header, last.body, flipped(last.hash, 9))
    assert marks(rows) == [False] * (COUNT - 1) + [True]
    assert sorted_out(rows)[-1].hash == flipped(last.hash, 9)  # as claimed
    # The next entry was written after that hash, so that it stands.
    header = header_bytes("HT01A", COUNT + 1, 0, 0, "sure", "price", BODY)
    digest = entry_hash(flipped(last.hash, 9), header)
    kept = sorted_out(rows + [Stored(COUNT + 1, header, BODY, digest)])
    assert [one.damaged for one in kept] == [False] * (COUNT - 1) + [True, False]
    assert kept[-1].hash == digest


def test_bytes_and_hash_both_spoilt():
    rows = journal()
    row = rows[2]
    rows[2] = Stored(3, flipped(row.header, 40), row.body, flipped(row.hash, 3))
    kept = sorted_out(rows)
    assert [one.damaged for one in kept] == [False, False, True, False, False, False]
    assert kept[2].hash is None and kept[3].hash == rows[3].hash


def test_a_lost_entry_is_marked_too():
    for place in range(COUNT - 1):
        rows = journal()
        del rows[place]
        kept = sorted_out(rows)
        assert [one.seq for one in kept] == list(range(1, COUNT + 1))
        assert kept[place] == Kept(place + 1, None, None, None, True)
        assert [one.damaged for one in kept] == [n == place for n in range(COUNT)]
    rows = journal()
    assert marks([rows[0], rows[4], rows[5]]) == [False, True, True, True, False, False]


def test_a_row_of_which_nothing_can_be_read():
    rows = journal()
    rows[1] = Stored(2, None, None, b"")
    assert sorted_out(rows)[1] == Kept(2, None, None, None, True)
    assert marks(rows) == [False, True, False, False, False, False]
    rows[5] = Stored(6, None, None, rows[5].hash)
    assert sorted_out(rows)[5] == Kept(6, None, None, rows[5].hash, True)


def test_another_journals_row_is_damage():
    rows = journal()
    header = header_bytes("HT02A", 3, 3, 3, "sure", "price", BODY)
    rows[2] = Stored(3, header, BODY, entry_hash(rows[1].hash, header))
    assert marks(rows)[2]


def test_no_more_than_asked_for():
    rows = journal()
    assert len(sorted_out(rows, most=3)) == 3


def test_the_form_that_travels():
    row = journal()[1]
    form = wire(Kept(2, row.header, row.body, row.hash, True))
    assert sorted(form) == ["bytes", "damaged", "hash", "seq"]
    assert form["damaged"] is True and form["seq"] == 2
    assert form["hash"] == hexlify(row.hash).decode()
    assert a2b_base64(form["bytes"]) == row.header + b"\n" + row.body
    assert wire(Kept(2, None, None, None, True)) == {"damaged": True, "seq": 2}


def test_a_spoilt_number_makes_no_others_seem_lost():
    for place in range(COUNT):
        for bit in range(62):
            rows = journal()
            row = rows[place]
            rows[place] = Stored(row.seq ^ 1 << bit, row.header, row.body, row.hash)
            # Where a row lies its number has no say, whether the file is read in that order or another.
            assert sorted_out(rows) == sorted_out(journal()), (place, bit)
            assert sorted_out(sorted(rows)) == sorted_out(journal()), (place, bit)


def test_a_row_that_has_lost_its_number_and_its_header_takes_the_free_place():
    for place in range(COUNT):
        rows = journal()
        rows[place] = Stored(2**62, b"?", BODY, rows[place].hash)
        kept = sorted_out(rows)
        assert [one.seq for one in kept][:COUNT] == list(range(1, COUNT + 1)), place
        assert sum(one.damaged for one in kept) <= 2 and len(kept) <= COUNT + 1


def test_a_spoilt_number_of_an_earlier_row_adds_nothing_to_a_later_part():
    rows = journal()
    stray = Stored(2**40, rows[1].header, rows[1].body, rows[1].hash)
    assert sorted_out([stray] + rows[3:], 4, rows[2].hash) == sorted_out(journal())[3:]
    assert sorted_out(rows[3:] + [stray], 4, rows[2].hash) == sorted_out(journal())[3:]


def test_a_header_that_claims_another_number_is_damage_at_its_place():
    for claim in (1, 5, 9, 2**52):
        rows = journal()
        header = header_bytes("HT01A", claim, 3, 3, "sure", "price", BODY)
        rows[2] = Stored(3, header, BODY, rows[2].hash)
        kept = sorted_out(rows)
        assert [one.seq for one in kept] == list(range(1, COUNT + 1))
        assert [one.damaged for one in kept] == [n == 2 for n in range(COUNT)], claim
