"""What counts as sold: one rule at a time. All short histories are in tests/kiosk/test_sold_model.py."""

from kiosk.sold import OwnSale, OwnUndo, Published, sold_elsewhere, sold_here

STAMP = 40


class Ordinals:
    def __init__(self, *members):
        self.members = members

    def contains(self, ordinal):
        return ordinal in self.members


def published(everywhere=False, here=False, twice=False, marks=None):
    sets = [Ordinals(STAMP) if member else Ordinals(STAMP + 1) for member in (everywhere, here, twice)]
    return Published(sets[0], sets[1], sets[2], {"A": [10, "00"]} if marks is None else marks)


def test_nothing_sold() -> None:
    assert not sold_here(published(), 10, STAMP, [])
    assert not sold_elsewhere(published(), STAMP)


def test_as_published() -> None:
    here = published(everywhere=True, here=True)
    assert sold_here(here, 10, STAMP, []) and not sold_elsewhere(here, STAMP)
    away = published(everywhere=True)
    assert not sold_here(away, 10, STAMP, []) and sold_elsewhere(away, STAMP)


def test_an_own_sale_above_the_mark_counts_at_once() -> None:
    assert sold_here(published(), 10, STAMP, [OwnSale(11)])
    assert not sold_here(published(), 10, STAMP, [OwnSale(10)])  # the sets have it, and hold it undone


def test_an_own_refund_of_an_own_later_sale_undoes_it() -> None:
    own = [OwnSale(11), OwnUndo(12, None, 11)]
    assert not sold_here(published(), 10, STAMP, own)
    assert sold_here(published(), 10, STAMP, own + [OwnSale(13)])
    assert sold_here(published(everywhere=True, here=True), 10, STAMP, own)  # another line is still open


def test_an_own_refund_of_a_published_line_frees_the_stamp() -> None:
    held = published(everywhere=True, here=True)
    own = [OwnSale(9), OwnUndo(11, None, 9)]
    assert not sold_here(held, 10, STAMP, own)
    assert sold_here(held, 11, STAMP, own)  # the sets knew of the refund, and still hold a sale


def test_a_stamp_sold_twice_is_not_freed_by_one_refund() -> None:
    held = published(everywhere=True, here=True, twice=True)
    assert sold_here(held, 10, STAMP, [OwnSale(9), OwnUndo(11, None, 9)])


def test_a_refund_of_the_other_tills_line() -> None:
    held = published(everywhere=True, here=True, marks={"A": [10, "00"], "B": [5, "00"]})
    assert not sold_here(held, 10, STAMP, [OwnUndo(11, "B", 5)], [])
    assert sold_here(held, 10, STAMP, [OwnUndo(11, "B", 6)], [])  # the sets do not know that line yet


def test_a_line_that_the_other_till_refunded_first_frees_nothing_again() -> None:
    held = published(everywhere=True, here=True, marks={"A": [10, "00"], "B": [5, "00"]})
    own = [OwnSale(9), OwnUndo(11, None, 9)]
    assert sold_here(held, 10, STAMP, own, [(None, 9)])
    assert not sold_here(held, 10, STAMP, own, [])
    assert sold_here(held, 10, STAMP, own)  # without the other till's entries one cannot tell


def test_a_line_refunded_twice_frees_once() -> None:
    held = published(everywhere=True, here=True)
    own = [OwnSale(7), OwnUndo(8, None, 7), OwnSale(9), OwnUndo(11, None, 7)]
    assert sold_here(held, 10, STAMP, own)


def test_a_restored_card_trusts_no_mark() -> None:
    assert sold_here(published(), 0, STAMP, [OwnSale(3)])
