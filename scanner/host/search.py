"""Our reader: the cheapest look first, dearer ones only where something is there and nothing was read.

One `Search` serves one camera, or one still. It remembers which look helped last, goes on with the next one in
the next frame when the time of a frame is spent, and reports a bar code only when two witnesses agree on it.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import zxingcpp

from config.memory import unmap_libraries
from scanner.host import bars, busy, libraries, qr_find, qr_grid, qr_layout, qr_soft, readings
from scanner.host.busy import Region
from scanner.host.libraries import Read
from scanner.host.readings import Reading
from scanner.host.vision import Picture, cv2

FRAME: Final = (
    0.06  # seconds for a camera's frame; what has begun then is finished, one part of a picture at most
)
STILL: Final = 1.0  # seconds for a still picture
LEAST: Final = 8  # pixels a side; a smaller picture holds no code
LARGE: Final = 2000  # pixels a side; a larger picture is looked at in this size first
LARGEST: Final = 4000  # pixels a side; and then once in this, if it is still larger
ENLARGED: Final = 700  # pixels; parts of a picture that are larger are not looked at in double size
PARTS: Final = 4  # busy parts that are looked at by themselves
UNREAD: Final = 8  # QR codes a look that zxing-cpp sees and cannot read; a texture looks like hundreds
KEPT: Final = 3.0  # seconds that a first witness of a bar code, or a code's modules, are remembered
MISREAD: Final = 3  # digits in which a misread of a bar code may differ from it
SIZES: Final = (0.75, 1.4, 2.0)  # in most of which a bar code must be read alike if its bars tell nothing
SEEN: Final = 0.2  # value from which a module is more or less known
SAME: Final = 0.6  # correlation of known modules from which two frames show the same code
LIKELY: Final = 0.6  # likeness from which a QR code that was not read is kept, to add the next frame's to it

_QUICK: Final = [
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.EAN13,
    zxingcpp.BarcodeFormat.EAN8,
    zxingcpp.BarcodeFormat.UPCA,
    zxingcpp.BarcodeFormat.Code128,
]
_ALL: Final = [*_QUICK, zxingcpp.BarcodeFormat.UPCE, zxingcpp.BarcodeFormat.DataMatrix]
WHOLE: Final = Region(0, 0, 0, 0, 0.0)  # no part, the picture itself
_PLAIN: Final = zxingcpp.TextMode.Plain

Place = tuple[list[list[float]], int]  # corners of a QR code that was seen, not read; its version


class Search:
    """Reads the codes in one picture after another. Times are seconds of any steady clock."""

    def __init__(
        self,
        budget: float = FRAME,
        second: Callable[[], Read] = libraries.second,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._make_second = second
        self._second: Read | None = None
        self._looks = ["turned", "bars", "close", "hidden", "contrast"]  # methods' names
        self._next = 0
        self._deadline = 0.0
        self._witnesses: dict[str, tuple[int, str, float]] = {}  # text -> picture, who saw it, when
        self._lately: dict[str, float] = {}  # text -> when it was reported
        self._piles: list[_Pile] = []
        self._reported: set[str] = set()

    def look(self, picture: Picture) -> list[Reading]:
        """All codes of which there is no doubt; [] for none, or for what is no grey picture."""
        if picture.ndim != 2 or min(picture.shape) < LEAST:
            return []
        if max(picture.shape) <= LARGE:
            return self._look(picture)
        small, scale = _shrunk(picture, LARGE)
        if min(small.shape) < LEAST:  # a strip
            return []
        found = self._look(small)
        if not found:  # very small codes in a very large picture
            large, scale = _shrunk(picture, LARGEST)
            glance = _Glance(large, self._clock())
            self._quick(glance)
            found = glance.found
        for code in found:
            code["points"] = [[round(x / scale), round(y / scale)] for x, y in code["points"]]
        return found

    def _look(self, picture: Picture) -> list[Reading]:
        now = self._clock()
        self._deadline = now + self._budget
        self._forget(now)
        glance = _Glance(picture, now)
        self._quick(glance)
        if glance.found and (self._hurried(glance) or not glance.rest()):
            return self._done(glance)
        unmap_libraries()  # before and after each laborious look: none adds its pages to another's
        self._tracked(glance)
        for _ in range(len(self._looks)):
            name = self._looks[self._next % len(self._looks)]
            before = len(glance.found)
            getattr(self, "_" + name)(glance)
            unmap_libraries()
            if len(glance.found) > before:
                self._remember(name)
                if not glance.rest():
                    break
            else:
                self._next += 1
            if self._late():
                break
        return self._done(glance)

    def _late(self) -> bool:
        return self._clock() >= self._deadline

    def _parts(self, glance: "_Glance") -> Iterator[Region]:
        """Busy parts while there is time: at least one, in each round of looks another first."""
        parts = glance.rest()
        start = self._next // len(self._looks) % max(1, len(parts))
        for number, region in enumerate([*parts[start:], *parts[:start]]):
            if number and self._late():
                break
            yield region

    # --- looks, cheapest first ---

    def _quick(self, glance: "_Glance") -> None:
        codes = zxingcpp.read_barcodes(
            glance.picture,
            formats=_QUICK,
            try_rotate=False,
            try_downscale=False,
            try_invert=False,
            text_mode=_PLAIN,
        )
        for code in codes:
            self._judge(glance, readings.from_zxing(code), "zxing")

    def _tracked(self, glance: "_Glance") -> None:
        """Where the last frames showed a QR code that could not be read."""
        for pile in list(self._piles):
            self._soft(glance, pile.corners, pile.version)

    def _turned(self, glance: "_Glance") -> None:
        """All directions, sizes and symbologies; and the QR codes that zxing-cpp sees but cannot read."""
        self._through(glance, glance.picture, WHOLE, 1.0, _ALL)

    def _contrast(self, glance: "_Glance") -> None:
        """Local contrast, one threshold."""
        clear = cv2.createCLAHE(2.0, (8, 8)).apply(glance.picture)
        self._through(
            glance, np.asarray(clear, np.uint8), WHOLE, 1.0, _QUICK, zxingcpp.Binarizer.GlobalHistogram
        )

    def _close(self, glance: "_Glance") -> None:
        """What is busy, in double size."""
        for region in self._parts(glance):
            part = glance.picture[region.top : region.bottom, region.left : region.right]
            if max(part.shape) <= ENLARGED:
                twice = cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
                self._through(glance, np.asarray(twice, np.uint8), region, 2.0, _QUICK)

    def _bars(self, glance: "_Glance") -> None:
        """The second reader, which sees blurred and turned bars that zxing-cpp does not.

        It falls for the same misread line in another size too, so the bars may not speak against it.
        """
        if self._second is None:
            self._second = self._make_second()
        for found in self._second(glance.picture):
            if self._judge(glance, found, "second") or self._doubtful(glance.picture, found):
                continue
            told = bars.agree(glance.picture, found["symbology"], found["text"], found["points"])
            if told is None and self._again(glance.picture, found):
                self._accept(glance, found)

    def _hidden(self, glance: "_Glance") -> None:
        """QR codes without finder patterns that zxing-cpp would know as such."""
        for region in self._parts(glance):
            for guess in qr_find.guesses(glance.picture, region):
                if self._soft(glance, guess.corners, guess.version):
                    break

    # --- what the looks share ---

    def _through(
        self,
        glance: "_Glance",
        picture: Picture,
        region: Region,
        scale: float,
        formats: list[zxingcpp.BarcodeFormat],
        binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
    ) -> None:
        """zxing-cpp on a part of the picture, and then what it saw but could not read."""
        seen: list[Place] = []
        for code in zxingcpp.read_barcodes(
            picture, formats=formats, binarizer=binarizer, text_mode=_PLAIN, return_errors=True
        ):
            points = [(x / scale + region.left, y / scale + region.top) for x, y in readings.corners(code)]
            if code.valid:
                self._judge(glance, readings.from_zxing(code, points), "zxing")
            elif code.symbology == zxingcpp.BarcodeFormat.QRCode:
                version = str(code.extra.get("Version", "")) if code.extra else ""
                if version.isdigit() and 1 <= int(version) <= qr_layout.LARGEST:
                    seen.append(([list(point) for point in points], int(version)))
        for place, (four, number) in enumerate(seen[:UNREAD]):
            if place and self._late():
                break
            self._soft(glance, four, number)

    def _soft(self, glance: "_Glance", corners: list[list[float]], version: int) -> bool:
        """Read a QR code whose place is known, by itself or with what earlier frames showed of it."""
        if glance.covers(np.mean(corners, 0)):
            return False
        plan = qr_layout.layout(version)
        modules = qr_grid.sample(glance.picture, corners, plan)
        if modules is None:
            return False
        code = qr_soft.read(modules.values, plan)
        if code is None and modules.likeness >= LIKELY:
            code = self._piled(modules, version, glance.at)
        found = None if code is None else readings.from_zxing(code, modules.corners)
        if found is not None:
            self._accept(glance, found)
        return found is not None

    def _piled(self, modules: qr_grid.Modules, version: int, now: float) -> zxingcpp.Barcode | None:
        """The same code seen in several frames: what one does not show another may."""
        plan = qr_layout.layout(version)
        for pile in self._piles:
            if pile.version == version and pile.like(modules.values, plan):
                pile.add(modules, now)
                return qr_soft.read(pile.values, plan)
        self._piles.append(_Pile(version, modules, now))
        return None

    def _judge(self, glance: "_Glance", found: Reading | None, witness: str) -> bool:
        """Take what needs no second witness, or has one; else remember the first."""
        if found is None:
            return False
        linear = readings.is_linear(found["symbology"])
        told = not linear or bars.agree(glance.picture, found["symbology"], found["text"], found["points"])
        sure = told is True
        if not sure and not self._doubtful(glance.picture, found):
            first = self._witnesses.setdefault(found["text"], (glance.number, witness, glance.at))
            sure = first[:2] != (glance.number, witness) or (
                told is None and witness == "zxing" and self._steady(glance.picture, found)
            )
        if sure:
            self._accept(glance, found)
        return sure

    def _doubtful(self, picture: Picture, found: Reading) -> bool:
        """Whether witnesses prove nothing: half an EAN-13, or what a code reported lately may be misread as."""
        text = found["text"]
        if found["symbology"] == "UPCE" and not bars.alone(picture, found["points"]):
            return True
        return any(
            len(text) == len(other) and 0 < sum(a != b for a, b in zip(text, other, strict=True)) <= MISREAD
            for other in self._lately
        )

    def _again(self, picture: Picture, found: Reading) -> bool:
        """Whether the second reader sees the same bars in another size of the picture."""
        assert self._second is not None
        return any(other["text"] == found["text"] for other in self._second(_resized(picture, found, 1.4)))

    def _steady(self, picture: Picture, found: Reading) -> bool:
        """Whether zxing-cpp reads the same in most other sizes: what one line was misread as does not last."""
        if found["symbology"] == "UPCE":
            return False
        same = 0
        for size in SIZES:
            part = _resized(picture, found, size)
            codes = zxingcpp.read_barcodes(part, formats=_QUICK, text_mode=_PLAIN)
            read = {other["text"] for code in codes if (other := readings.from_zxing(code)) is not None}
            same += read == {found["text"]}
        return 2 * same > len(SIZES)

    def _accept(self, glance: "_Glance", found: Reading) -> None:
        if not glance.covers(np.mean(found["points"], 0)):
            glance.found.append(found)
            self._lately[found["text"]] = glance.at

    def _remember(self, name: str) -> None:
        self._looks.remove(name)
        self._looks.insert(0, name)
        self._next = 0

    def _hurried(self, glance: "_Glance") -> bool:
        """A code that comes newly into view is reported at once; what lies beside it has the next frame."""
        return self._budget < STILL and not {found["text"] for found in glance.found} <= self._reported

    def _done(self, glance: "_Glance") -> list[Reading]:
        self._reported = {found["text"] for found in glance.found}
        return glance.found

    def _forget(self, now: float) -> None:
        self._lately = {text: at for text, at in self._lately.items() if now - at <= KEPT}
        self._witnesses = {text: seen for text, seen in self._witnesses.items() if now - seen[2] <= KEPT}
        self._piles = [pile for pile in self._piles if now - pile.at <= KEPT][-4:]


def _shrunk(picture: Picture, side: int) -> tuple[Picture, float]:
    """The picture no larger than this, and its scale."""
    scale = min(1.0, side / max(picture.shape))
    if scale == 1.0:
        return picture, scale
    height, width = (max(1, round(length * scale)) for length in picture.shape)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), scale


def _resized(picture: Picture, found: Reading, size: float) -> Picture:
    """The part of the picture around a code that was found, larger or smaller."""
    points = np.array(found["points"])
    room = int(np.ptp(points, 0).max() * 0.15) + 8
    left, top = np.maximum(points.min(0) - room, 0)
    right, bottom = points.max(0) + room
    part = picture[top:bottom, left:right]
    return np.asarray(cv2.resize(part, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC), np.uint8)


class _Pile:
    """What several frames showed of one QR code."""

    def __init__(self, version: int, modules: qr_grid.Modules, now: float) -> None:
        self.version, self.values, self.at = version, modules.values, now
        self.corners: list[list[float]] = [[float(x), float(y)] for x, y in modules.corners]

    def like(self, values: qr_grid.Floats, plan: qr_layout.Layout) -> bool:
        """True if another frame's modules are of the same code."""
        one, other = self.values[plan.bits], values[plan.bits]
        both = (np.abs(one) > SEEN) & (np.abs(other) > SEEN)
        return bool(both.mean() > 0.2 and np.corrcoef(one[both], other[both])[0, 1] > SAME)

    def add(self, modules: qr_grid.Modules, now: float) -> None:
        """Older frames fade."""
        if now > self.at:  # the same frame, looked at another way, is no further evidence
            self.values, self.at = self.values * 0.9 + modules.values, now
            self.corners = [[float(x), float(y)] for x, y in modules.corners]


class _Glance:
    """One picture being looked at."""

    def __init__(self, picture: Picture, at: float) -> None:
        self.picture = picture
        self.at = at
        self.found: list[Reading] = []
        self._regions: list[Region] | None = None

    @property
    def number(self) -> int:
        """Differs for pictures that differ."""
        return zlib.crc32(self.picture[::8, ::8].tobytes())

    def covers(self, point: Any) -> bool:
        """True if a found code lies there."""
        return any(
            cv2.pointPolygonTest(
                np.array(found["points"], np.float32), (float(point[0]), float(point[1])), False
            )
            >= 0
            for found in self.found
        )

    def rest(self) -> list[Region]:
        """The `PARTS` busiest parts in which nothing was found; once something was, only those as busy and as large as it."""
        if self._regions is None:
            self._regions = busy.regions(self.picture)
        boxes = [
            (points.min(0), points.max(0)) for points in (np.array(found["points"]) for found in self.found)
        ]
        free = [region for region in self._regions if not any(_meet(region, *box) for box in boxes)]
        if not boxes:
            return free[:PARTS]
        taken = [region.strength for region in self._regions if region not in free]
        strong = 0.7 * min(taken, default=np.inf)
        side = 0.6 * min(float((high - low).max()) for low, high in boxes)
        return [
            region
            for region in free
            if region.strength >= strong
            and max(region.right - region.left, region.bottom - region.top) >= side
        ][:PARTS]


def _meet(region: Region, low: Any, high: Any) -> bool:
    return bool(
        low[0] < region.right and high[0] > region.left and low[1] < region.bottom and high[1] > region.top
    )
