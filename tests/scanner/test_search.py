"""Our reader where the libraries' readers give up: cylinder, glare, dirt, dark, many frames, misread lines."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp

from scanner import check_digits
from scanner.host import bars, libraries, readings, search
from scanner.host.vision import Picture, cv2


def bar_code(text: str, kind: str = "EAN13", scale: int = 2) -> Picture:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.pad(np.array(code.to_image(scale=scale)), 40, constant_values=255)


def ticking() -> Callable[[], float]:
    """A clock that goes by itself, however slow the machine: a thousandth of a second each time it is read."""
    ticks = itertools.count()
    return lambda: next(ticks) * 1e-3


def still(picture: Picture) -> list[str]:
    """Every look, however slow the machine."""
    return [code["text"] for code in search.Search(budget=1e9).look(picture)]


def limited(picture: Picture) -> list[str]:
    return [code["text"] for code in libraries.zxing()(picture)]


@pytest.mark.parametrize("effect", ["jar", "glare", "motion", "low light", "dirt", "mixed"])
def test_more_stamps_are_read_than_by_zxing_cpp(stamp_pictures, effect):
    ours = theirs = wrong = 0
    shots = list(stamp_pictures.shots(5, 4, "stamp", (effect,)))
    for shot in shots:
        read = still(shot.picture)
        ours += shot.texts[0] in read
        theirs += shot.texts[0] in limited(shot.picture)
        wrong += any(text not in shot.texts for text in read)
    assert wrong == 0
    assert ours >= theirs
    assert ours >= 0.75 * len(shots)


def test_a_still_with_two_stamps_gives_both_though_only_one_is_easy(photograph, stamp_text):
    hard = photograph(stamp_text(2))
    hard[100:150, 190:250] = 230  # over a finder pattern
    assert stamp_text(2) not in limited(hard)
    both = np.hstack([photograph(stamp_text(1)), hard])
    assert set(still(both)) == {stamp_text(1), stamp_text(2)}


@pytest.mark.parametrize("seed", [[1, 9, 640, 4, 3], [3, 9, 640, 6, 3]])
def test_a_turned_label_is_looked_for_beside_an_upright_one(stamp_pictures, seed):
    """Most of the box around it is paper, yet it is as busy as the one that was read."""
    shot = stamp_pictures.shot(np.random.default_rng(seed), "two", (640, 480), "ean")
    assert sorted(still(shot.picture)) == sorted(shot.texts)


def test_all_labels_of_a_sheet_are_read_though_only_the_smallest_is_easy():
    """The easy one is none of the busiest parts of the picture."""
    sheet = np.full((1200, 1900), 255, np.uint8)
    texts = [
        body + check_digits.gs1_digit(body) for body in (f"8931234567{number:02}" for number in range(10))
    ]
    for number, text in enumerate(texts):
        label = bar_code(text, scale=3 if number else 2)
        if number:
            label = cv2.erode(label, np.ones((1, 2), np.uint8))  # too much ink
        high, wide = label.shape
        turn = cv2.getRotationMatrix2D((wide / 2, high / 2), 60 if number else 0, 1)
        turn[:, 2] += (190 + 380 * (number % 5) - wide / 2, 300 + 600 * (number // 5) - high / 2)
        sheet = np.minimum(sheet, cv2.warpAffine(label, turn, sheet.shape[::-1], borderValue=255))
    assert sorted(still(sheet)) == texts


@pytest.mark.parametrize("shape", [(8, 50_000), (50_000, 8), (16, 20_000), (1, 65_535)])
def test_a_strip_has_no_code(shape):
    assert still(np.zeros(shape, np.uint8)) == []


def test_frames_are_added_up_until_a_code_is_known(photograph, stamp_text):
    """A lamp's mirror wanders over the stamp: no frame shows enough of it."""
    frames = []
    for turn in range(4):
        frame = photograph(stamp_text(9), seed=turn)
        frame[90:360, 175 + 65 * turn : 235 + 65 * turn] = 255
        frames.append(frame)
    for number, frame in enumerate(frames):
        if number in (1, 2):
            assert still(frame) == []
    reader = search.Search(budget=10.0, clock=ticking())
    read = [[code["text"] for code in reader.look(frame)] for frame in (frames[1], frames[2])]
    assert read[0] == []
    assert read[1] == [stamp_text(9)]


def test_frames_of_different_stamps_are_not_added_up(photograph, stamp_text):
    reader = search.Search(budget=10.0, clock=ticking())
    for serial in range(6):
        frame = photograph(stamp_text(serial), seed=serial)
        frame[90:360, 240:310] = 255
        assert {code["text"] for code in reader.look(frame)} <= {stamp_text(serial)}


def test_a_frame_costs_one_look_more_than_its_time_and_the_next_frame_goes_on(photograph, stamp_text):
    frame = photograph(stamp_text(4))
    frame[100:150, 190:250] = 230
    assert limited(frame) == []
    reader = search.Search(budget=0.0, clock=ticking())
    read = [[code["text"] for code in reader.look(frame)] for _ in range(8)]
    assert [] in read  # not at once
    first = next(number for number, texts in enumerate(read) if texts)
    assert read[first:] == [[stamp_text(4)]] * (8 - first)  # and then always: what helped comes first


def wrong_texts(text: str) -> list[str]:
    """Texts with a right check digit that differ from this one in one digit and the check digit."""
    others = []
    for place in range(len(text) - 1):
        digit = str((int(text[place]) + 1 + place % 8) % 10)
        body = text[:place] + digit + text[place + 1 : -1]
        others.append(body + check_digits.gs1_digit(body))
    return [other for other in others if other != text]


@pytest.mark.parametrize(
    ("text", "kind"), [("8931234567897", "EAN13"), ("96385074", "EAN8"), ("036000291452", "UPCA")]
)
def test_bars_are_held_against_what_a_reader_made_of_them(text, kind):
    noise = np.random.default_rng(1).normal(0, 6, bar_code(text, kind).shape)
    picture = np.clip(cv2.GaussianBlur(bar_code(text, kind), (0, 0), 0.8) * 0.8 + 20 + noise, 0, 255)
    picture = picture.astype(np.uint8)
    (code,) = libraries.zxing()(picture)
    points = code["points"]
    assert bars.agree(picture, kind, text, points)
    assert bars.agree(picture, kind, text, [points[2], points[3], points[0], points[1]])  # from behind
    for other in wrong_texts(text):
        assert not bars.agree(picture, kind, other, points), other
    blank = np.full_like(picture, 200)
    assert not bars.agree(blank, kind, text, points)


def test_a_code_128_agrees_when_its_bands_are_read_alike_by_themselves():
    noise = np.random.default_rng(1).normal(0, 6, bar_code("HT01A-0123456789", "Code128").shape)
    picture = np.clip(bar_code("HT01A-0123456789", "Code128") * 0.8 + 20 + noise, 0, 255).astype(np.uint8)
    (code,) = libraries.zxing()(picture)
    assert bars.agree(picture, "CODE128", code["text"], code["points"])
    assert bars.agree(picture, "CODE128", "HT01A-0123456788", code["points"]) is False
    assert bars.agree(np.full_like(picture, 200), "CODE128", code["text"], code["points"]) is None
    turned = np.ascontiguousarray(np.rot90(picture))
    (code,) = libraries.zxing()(turned)
    assert bars.agree(turned, "CODE128", code["text"], code["points"])
    assert still(turned) == ["HT01A-0123456789"]


def test_bars_speak_against_what_the_second_reader_makes_of_them_in_every_size(monkeypatch):
    picture = np.asarray(cv2.GaussianBlur(bar_code("8931234567897"), (0, 0), 1.0), np.uint8)
    (code,) = libraries.zxing()(picture)
    monkeypatch.setattr(search.zxingcpp, "read_barcodes", lambda *_, **__: [])
    for text in ("8931234567897", *wrong_texts("8931234567897")[7:]):  # a digit in the right half
        found = readings.reading("EAN13", text, code["points"])
        reader = search.Search(search.STILL, lambda found=found: lambda _: [found], ticking())
        assert bool(reader.look(picture)) == (text == "8931234567897"), text


def test_a_short_code_inside_a_longer_one_does_not_agree():
    picture = bar_code("8931234567897")
    (code,) = libraries.zxing()(picture)
    (left, top), (right, _), (_, bottom), _ = code["points"]
    part = left + (right - left) * 67 / 95
    points = [[left, top], [part, top], [part, bottom], [left, bottom]]
    for text in ("96385074", "89312349", "12345670"):
        assert not bars.agree(picture, "EAN8", text, points)


def test_the_left_half_of_an_ean_13_is_no_upc_e():
    """8932058357947 begins as the UPC-E 19320588, check digit and all."""
    picture = bar_code("8932058357947", scale=3)
    ((left, top), (right, _), (_, bottom), _) = libraries.zxing()(picture)[0]["points"]
    middle = left + round((right - left) * 51 / 95)
    assert not bars.alone(picture, [[left, top], [middle, top], [middle, bottom], [left, bottom]])
    picture = bar_code("1932058", "UPCE", scale=3)
    (code,) = libraries.zxing()(picture)
    assert code["text"] == "0193205000088"
    assert bars.alone(picture, code["points"])


def test_a_lamp_that_hides_the_right_half_of_an_ean_13_makes_no_upc_e():
    picture = np.minimum(bar_code("8932058357947", scale=3), 210) // 2 * 2
    ((left, top), (right, _), (_, bottom), _) = libraries.zxing()(picture)[0]["points"]
    middle = left + round((right - left) * 51 / 95)
    lamp = picture.copy()
    lamp[:, middle + 3 :] = 255
    corners = [[left, top], [middle, top], [middle, bottom], [left, bottom]]
    assert not bars.alone(lamp, corners)
    lamp[:, middle + 3 :] = 210  # paper, and it would be one
    assert bars.alone(lamp, corners)


def test_a_misread_bar_code_is_not_reported(stamp_pictures):
    """A tilted label of which zxing-cpp reads another article's number, check digit and all."""
    dice = np.random.default_rng([1, 0, 1280, 0, 3])
    shot = stamp_pictures.shot(dice, "plain", (1280, 720), "ean")
    assert limited(shot.picture) != list(shot.texts)
    assert still(shot.picture) == list(shot.texts)
    reader = search.Search(clock=ticking())
    frames = [np.roll(shot.picture, turn, 0) for turn in range(6)]
    assert {code["text"] for frame in frames for code in reader.look(frame)} == set(shot.texts)


def test_two_frames_are_two_witnesses_of_what_one_does_not_prove(monkeypatch):
    """Frames, not one frame twice: a still camera's picture differs by its noise."""
    monkeypatch.setattr(bars, "agree", lambda *_: False)
    grain = np.random.default_rng(3)
    frames = [
        np.clip(bar_code("HT01A-12", "Code128") - grain.integers(0, 9, (1, 1)), 0, 255).astype(np.uint8)
    ]
    frames.append(np.clip(frames[0].astype(int) - 5, 0, 255).astype(np.uint8))
    reader = search.Search(0.0, lambda: lambda _: [], ticking())
    assert reader.look(frames[0]) == []
    assert reader.look(frames[0]) == []
    assert [code["text"] for code in reader.look(frames[1])] == ["HT01A-12"]


@pytest.mark.parametrize(("told", "others", "read"), [(None, 2, True), (None, 1, False), (False, 3, False)])
def test_bars_that_tell_nothing_are_believed_if_most_other_sizes_are_read_alike(
    monkeypatch, told, others, read
):
    """Label of a text, shown in so many of three other sizes; bars that speak against it are heard first."""
    monkeypatch.setattr(bars, "agree", lambda *_: told)
    sizes = iter([bar_code("8931234567897")] * others + [np.full((200, 300), 200, np.uint8)] * (3 - others))
    monkeypatch.setattr(search, "_resized", lambda *_: next(sizes))
    reader = search.Search(0.0, lambda: lambda _: [], ticking())
    monkeypatch.setattr(reader, "_turned", lambda _: None)
    found = reader.look(bar_code("8931234567897"))
    assert bool(found) == read


def test_a_large_picture_is_read_and_its_corners_are_its_own(photograph, stamp_text):
    small = photograph(stamp_text(5))
    large = cv2.resize(small, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    (code,) = search.Search(search.STILL).look(np.asarray(large, np.uint8))
    (near,) = search.Search(search.STILL).look(small)
    assert code["text"] == stamp_text(5)
    assert np.abs(np.array(code["points"]) / 6 - np.array(near["points"])).max() < 4


def test_what_a_reported_code_may_be_misread_as_is_not_believed_to_witnesses():
    def misreading(_):
        points = [[40, 40], [230, 40], [230, 120], [40, 120]]
        return [readings.reading("EAN13", "8935899472787", points)]

    dark = np.full((200, 300), 90, np.uint8)
    frames = [np.full_like(dark, 90 + step) for step in range(4)]
    alone = search.Search(search.STILL, lambda: misreading, ticking())
    assert [code["text"] for frame in frames for code in alone.look(frame)]  # nothing speaks against it
    after = search.Search(search.STILL, lambda: misreading, ticking())
    assert [code["text"] for code in after.look(bar_code("8935899472770"))] == ["8935899472770"]
    assert [code["text"] for frame in frames for code in after.look(frame)] == []
