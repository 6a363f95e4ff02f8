from sync.pauses import FIRST, LONGEST, LONGEST_TOLD, Pauses, told


def shortest(low, high):
    return low


def longest(low, high):
    return high


def test_pauses_grow_to_a_bound_and_begin_anew_after_a_success():
    pauses = Pauses(longest)
    grown = [pauses.next() for _ in range(8)]
    assert grown[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert grown[-1] == grown[-2] == LONGEST
    pauses.over()
    assert pauses.next() == FIRST
    assert Pauses(shortest).next() == 0


def test_who_is_told_waits_once_to_twice_as_long():
    assert Pauses(shortest).next(100) == 100
    assert Pauses(longest).next(100) == 200


def test_no_office_silences_a_till_for_ever():
    assert Pauses(longest).next(10**8) == LONGEST_TOLD
    assert Pauses(shortest).next(10**8) == LONGEST_TOLD / 2


def test_retry_after():
    assert told("120") == told(" 120 ") == 120
    assert told("9" * 5000) == 999_999_999
    for text in (None, "", "-5", "1.5", "soon", "١٢", "Fri, 31 Dec 1999 23:59:59 GMT"):
        assert told(text) == 0, text
