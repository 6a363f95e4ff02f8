"""What a hostile picture costs: counted in parts, patterns and pixels looked at, never timed."""

import itertools
from collections import Counter

import numpy as np
import pytest
import segno

from scanner.host import busy, qr_find, qr_grid, search
from scanner.host.vision import Picture, cv2


def spoilt_codes(side: int) -> Picture:
    """Four sheets of many QR codes that nobody can read, all finder patterns and blur, on plain paper."""
    matrix = np.array(list(segno.make("A" * 90, version=7, error="m", boost_error=False).matrix_iter(4, 4)))
    code = np.where(matrix > 0, 30, 230).astype(np.uint8)
    code[50:140, 45:140] = 128
    sheet = side // 2 - side // 8
    many = -(-sheet // code.shape[0])
    picture = np.full((side, side), 230, np.uint8)
    for top, left in itertools.product((side // 20, side // 2 + side // 20), repeat=2):
        picture[top : top + sheet, left : left + sheet] = np.tile(code, (many, many))[:sheet, :sheet]
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.4), np.uint8)


@pytest.fixture
def work(monkeypatch):
    """Counts what is done from here on."""
    done: Counter[str] = Counter()

    def counted(module, name, amount=lambda *_: 1):
        plain = getattr(module, name)

        def count(*arguments, **options):
            done[name] += amount(*arguments)
            return plain(*arguments, **options)

        monkeypatch.setattr(module, name, count)

    counted(qr_find, "guesses")
    counted(qr_find, "_likeness")
    counted(qr_grid, "sample")
    counted(search.Search, "_through", lambda _, glance, picture, *rest: picture.size)
    counted(search.zxingcpp, "read_barcodes", lambda picture: np.asarray(picture).size)
    return done


@pytest.mark.parametrize("side", [640, 2000, 6000])
def test_a_hostile_picture_is_given_up_after_a_bounded_number_of_pixels(work, side):
    picture = spoilt_codes(side)
    read = search.Search(budget=1e9, second=lambda: lambda _: []).look(picture)
    assert read == []
    parts = 4
    assert work["guesses"] <= parts
    assert work["_likeness"] <= parts * (qr_find.TRIED + 1)
    assert (
        work["sample"] <= (2 + parts) * search.UNREAD + 4 * parts
    )  # by zxing-cpp, in each look; and by guesses
    seen = (
        min(side, search.LARGE) ** 2 * 3 + min(side, search.LARGEST) ** 2 + parts * (2 * search.ENLARGED) ** 2
    )
    assert work["read_barcodes"] <= seen


def test_once_the_time_is_spent_one_part_is_the_last_and_the_next_frames_take_the_others(work, monkeypatch):
    picture = spoilt_codes(1280)
    begun: list[busy.Region] = []
    plain = qr_find.guesses
    monkeypatch.setattr(
        qr_find, "guesses", lambda image, region: begun.append(region) or plain(image, region)
    )
    ticks = itertools.count()
    reader = search.Search(budget=0.0, second=lambda: lambda _: [], clock=lambda: float(next(ticks)))
    parts = len(busy.regions(picture))
    assert parts > 1
    for _ in range(5 * parts):  # five looks, one a frame
        before = len(begun)
        reader.look(picture)
        assert len(begun) - before <= 1
    assert len(set(begun)) == parts
