"""What counts as sold: one rule at a time. All short histories are in tests/kiosk/test_sold_model.py."""

from kiosk import sold
from kiosk.sold import Published, Taken, Undone, sold_elsewhere

STAMP = 40


class Ordinals:
    def __init__(self, *members):
        self.members = members

    def contains(self, ordinal):
        return ordinal in self.members


def published(everywhere=False, here=False, twice=False, marks=None, apart=None):
    sets = [Ordinals(STAMP) if member else Ordinals(STAMP + 1) for member in (everywhere, here, twice)]
    return Published(sets[0], sets[1], sets[2], {"A": [10, "00"]} if marks is None else marks, apart or {})


def sold_here(published, mark, ordinal, moves, complete=True):
    """By a device A, whose own mark is `mark`."""
    marks = {name: seq for name, (seq, _) in published.marks.items()}
    marks["A"] = mark
    return sold.sold_here(published, marks, ordinal, moves, complete)


def test_nothing_sold() -> None:
    assert not sold_here(published(), 10, STAMP, [])
    assert not sold_elsewhere(published(), STAMP)


def test_as_published() -> None:
    here = published(everywhere=True, here=True)
    assert sold_here(here, 10, STAMP, []) and not sold_elsewhere(here, STAMP)
    away = published(everywhere=True)
    assert not sold_here(away, 10, STAMP, []) and sold_elsewhere(away, STAMP)


def test_an_own_sale_above_the_mark_counts_at_once() -> None:
    assert sold_here(published(), 10, STAMP, [Taken("A", 11)])
    assert not sold_here(published(), 10, STAMP, [Taken("A", 10)])  # the sets have it, and hold it undone


def test_an_own_refund_of_an_own_later_sale_undoes_it() -> None:
    own = [Taken("A", 11), Undone("A", 12, "A", 11)]
    assert not sold_here(published(), 10, STAMP, own)
    assert sold_here(published(), 10, STAMP, own + [Taken("A", 13)])
    assert sold_here(published(everywhere=True, here=True), 10, STAMP, own)  # another line is still open


def test_an_own_refund_of_a_published_line_frees_the_stamp() -> None:
    held = published(everywhere=True, here=True)
    own = [Taken("A", 9), Undone("A", 11, "A", 9)]
    assert not sold_here(held, 10, STAMP, own)
    assert sold_here(held, 11, STAMP, own)  # the sets knew of the refund, and still hold a sale


def test_a_stamp_sold_twice_is_not_freed_by_one_refund() -> None:
    held = published(everywhere=True, here=True, twice=True)
    assert sold_here(held, 10, STAMP, [Taken("A", 9), Undone("A", 11, "A", 9)])


def test_a_refund_of_the_other_tills_line() -> None:
    held = published(everywhere=True, here=True, marks={"A": [10, "00"], "B": [5, "00"]})
    assert not sold_here(held, 10, STAMP, [Undone("A", 11, "B", 5)])
    assert sold_here(held, 10, STAMP, [Undone("A", 11, "B", 6)])  # the sets do not know that line yet


def test_a_line_that_the_other_till_refunded_first_frees_nothing_again() -> None:
    held = published(everywhere=True, here=True, marks={"A": [10, "00"], "B": [5, "00"]})
    own = [Taken("A", 9), Undone("A", 11, "A", 9)]
    assert sold_here(held, 10, STAMP, own + [Undone("B", 4, "A", 9)])
    assert not sold_here(held, 10, STAMP, own)
    assert sold_here(held, 10, STAMP, own, False)  # without the other till's entries one cannot tell


def test_a_line_refunded_twice_frees_once() -> None:
    held = published(everywhere=True, here=True)
    own = [Taken("A", 7), Undone("A", 8, "A", 7), Taken("A", 9), Undone("A", 11, "A", 7)]
    assert sold_here(held, 10, STAMP, own)


def test_a_restored_card_trusts_no_mark() -> None:
    assert sold_here(published(), 0, STAMP, [Taken("A", 3)])


def test_the_other_tills_later_sale_counts_as_soon_as_it_is_known() -> None:
    both = published(marks={"A": [10, "00"], "B": [5, "00"]})
    assert sold_here(both, 10, STAMP, [Taken("B", 6)])
    assert not sold_here(both, 10, STAMP, [Taken("B", 6), Undone("A", 11, "B", 6)])
    assert not sold_here(both, 10, STAMP, [Undone("A", 11, "B", 6), Taken("B", 6)])  # in either order
    assert sold_here(both, 10, STAMP, [Taken("B", 6), Taken("A", 11), Undone("A", 12, "B", 6)])


def test_the_other_till_took_back_what_this_one_sold() -> None:
    held = published(everywhere=True, here=True, marks={"A": [10, "00"], "B": [5, "00"]})
    assert not sold_here(held, 10, STAMP, [Taken("A", 9), Undone("B", 6, "A", 9)])
    assert sold_here(held, 10, STAMP, [Taken("A", 9), Undone("B", 6, "A", 9)], False)


def test_what_the_office_could_not_read_counts_where_it_is_known() -> None:
    """Entries 4 to 6 are below the mark, and in no set."""
    gap = published(apart={"A": [[4, 6]]})
    assert sold_here(gap, 10, STAMP, [Taken("A", 5)])
    assert not sold_here(gap, 10, STAMP, [Taken("A", 3)]) and not sold_here(gap, 10, STAMP, [Taken("A", 7)])
    assert not sold_here(
        gap, 10, STAMP, [Taken("A", 5), Undone("A", 8, "A", 5)]
    )  # undone, as the office knows
    assert not sold_here(gap, 10, STAMP, [Taken("A", 5), Undone("A", 12, "A", 5)])
    held = published(everywhere=True, here=True, apart={"A": [[4, 6]]})
    assert sold_here(held, 10, STAMP, [Taken("A", 5), Undone("A", 12, "A", 5)])  # the sets hold another line
    assert not sold_here(
        held, 10, STAMP, [Taken("A", 3), Undone("A", 5, "A", 3)]
    )  # no set knows of the refund
