"""Discounts, shares and tax in whole đồng."""

from kiosk import discounts


def test_a_spread_discount_is_all_spent_and_never_more_than_a_line() -> None:
    for amounts in ([100, 200, 300], [1, 1, 1], [0, 5], [333333, 333333, 333334], [7]):
        for discount in (0, 1, 2, sum(amounts) // 3, sum(amounts)):
            parts = discounts.spread(amounts, discount)
            assert sum(parts) == discount
            assert len(parts) == len(amounts)
            for at, part in enumerate(parts):
                assert 0 <= part <= amounts[at]


def test_equal_lines_share_what_is_left_over_from_the_first_on() -> None:
    assert discounts.spread([100, 100, 100], 100) == [34, 33, 33]
    assert discounts.spread([0, 0], 0) == [0, 0]
    for wrong in (-1, 301):
        try:
            discounts.spread([100, 200], wrong)
            assert False, wrong  # noqa: B011
        except ValueError:
            pass


def test_percent_and_tax_round_half_up() -> None:
    assert discounts.percent(185000, 10) == 18500
    assert discounts.percent(5, 10) == 1 and discounts.percent(4, 10) == 0
    assert discounts.tax_within(108000, 8) == 8000
    assert discounts.tax_within(100000, 10) == 9091
    assert discounts.tax_within(100000, 0) == 0


def test_shares_of_a_line_add_up_to_it_in_any_steps() -> None:
    for steps in ([1, 1, 1], [2, 1], [3]):
        before, paid = 0, 0
        for step in steps:
            paid += discounts.share(100000, 3, before, step)
            before += step
        assert paid == 100000
