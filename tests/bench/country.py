"""A country's catalogue, made up from a seed: what the benchmarks load.

20,000 products of 5,000 producers, 200,000 lots, 400,000 activated ranges, 42,000 batches under
three keys, 10 million live stamps. Popular products have more stamps than others (Pareto). Texts are
random words out of the sample products', as long as theirs; so they compress less well than what people write.
"""

import itertools
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from nacl.signing import SigningKey
from pyroaring import BitMap

from kiosk.host.stamps.installing import build
from office.publishing.segment_files import SegmentFiles
from scanner import check_digits, stamps
from sync import catalogue
from sync.catalogue_files import base_lines, sold_lines

HOST = "OCOP.HATINH.VN"
OUTLET = "HT01"
ISSUED = 1_795_400_000_000  # ms UTC: 2026-11-23
SAMPLES = Path(__file__).parents[2] / "config" / "samples" / "sample_products.json"
PRODUCERS, PRODUCTS, STAMPS = 5_000, 20_000, 10_000_000
LOTS, ACTIVATIONS = 10, 20  # of each product

Row = dict[str, Any]


class Country:
    """The rows of every segment, and stamps of any product: `gtins[i]` has serials 1 to `counts[i]`, with
    the ordinals from `bases[i]` on."""

    def __init__(self, seed: int = 7, products: int = PRODUCTS, stamps_in_all: int = STAMPS) -> None:
        self._dice = random.Random(seed)
        self._samples = json.loads(SAMPLES.read_text(encoding="utf-8"))["products"]
        fields = ("ingredients", "process", "storage", "story", "name")
        self._words = sorted(
            {word for row in self._samples for field in fields for word in row[field].split()}
        )
        self.keys = {k: SigningKey(k.encode() * 32) for k in "ABC"}
        self.gtins = [_gtin(number) for number in range(products)]
        weights = [self._dice.paretovariate(1.2) for _ in self.gtins]
        share = stamps_in_all / sum(weights)
        self.counts = [max(3 * ACTIVATIONS, round(weight * share)) for weight in weights]
        self.bases = list(itertools.accumulate(self.counts, initial=0))
        self.stamps = self.bases.pop()
        self._parts = [min(2 + count // 1500, 60) for count in self.counts]

    def key_of(self, number: int, serial: int) -> str:
        """The key under which a product's serial was issued."""
        return "ABC"[(number + serial * self._parts[number] // (self.counts[number] + 1)) % 3]

    def stamp(self, number: int, serial: int, key: SigningKey | None = None) -> str:
        """The text of a stamp's QR, signed by its own key or by another."""
        k, gtin = self.key_of(number, serial), self.gtins[number]
        signature = (key or self.keys[k]).sign(stamps.message(HOST, k, gtin, serial)).signature
        return stamps.uri(stamps.Stamp(HOST, k, signature, gtin, serial))

    def rows(self, segment: str) -> Iterator[Row]:
        """The rows of one segment of `sync.catalogue.KEYS`, in the order of their keys."""
        made: Iterator[Row] = getattr(self, segment)()
        return made

    def _text(self, words: int) -> str:
        return " ".join(self._dice.choice(self._words) for _ in range(words))

    def producers(self) -> Iterator[Row]:
        for number in range(PRODUCERS):
            yield {
                "id": f"CS{number:06d}", "name": "HTX " + self._text(5), "address": self._text(4),
                "commune": "Xã " + self._text(2), "district": "Huyện " + self._text(2),
                "phone": f"09{self._dice.randrange(10**8):08d}",
                "lat_e5": self._dice.randrange(800_000, 2_300_000),
                "lon_e5": self._dice.randrange(10_200_000, 10_900_000),
            }  # fmt: skip

    def products(self) -> Iterator[Row]:
        for number in range(len(self.gtins)):
            like = self._dice.choice(self._samples)
            length = {
                field: len(like[field].split()) for field in ("ingredients", "process", "storage", "story")
            }
            yield {
                "id": f"SP{number:06d}", "name": like["name"] + " " + self._text(2), "name_en": like["name_en"],
                "group": like["group"], "group_name": like["group_name"], "stars": self._dice.choice((3, 3, 4, 5)),
                "producer": f"CS{number % PRODUCERS:06d}", "commune": "Xã " + self._text(2),
                "district": "Huyện " + self._text(2),
                **{field: self._text(words) for field, words in length.items()},
                "allergens": like["allergens"], "decision": f"{self._dice.randrange(5000)}/QĐ-UBND",
                "recognised": "2025-03-01", "recognised_until": "2028-03-01" if number % 50 else "2026-01-31",
                "grace_days": 90, "illustrative": True,
            }  # fmt: skip

    def trade_items(self) -> Iterator[Row]:
        for number, gtin in enumerate(self.gtins):
            yield {
                "gtin": gtin, "product": f"SP{number:06d}", "unit": self._dice.choice(("chai", "hộp", "túi")),
                "net": self._dice.choice(("500 ml", "250 g", "1 kg")), "price": self._dice.randrange(20, 500) * 1000,
                "stamped": True, "mark": self.counts[number],
            }  # fmt: skip

    def batches(self) -> Iterator[Row]:
        batch = 0
        for number, gtin in enumerate(self.gtins):
            count, parts = self.counts[number], self._parts[number]
            # The first serial of each part, as `key_of` cuts them.
            firsts = [max(1, -(-part * (count + 1) // parts)) for part in range(parts)] + [count + 1]
            for first, after in itertools.pairwise(firsts):
                batch += 1
                yield {
                    "gtin": gtin, "batch": batch, "first": first, "last": after - 1,
                    "base": self.bases[number] + first - 1, "k": self.key_of(number, first),
                }  # fmt: skip

    def activations(self) -> Iterator[Row]:
        """All but a twentieth of the stamps; two ranges go to each lot."""
        for number, gtin in enumerate(self.gtins):
            length = self.counts[number] * 19 // 20 // ACTIVATIONS
            for part in range(ACTIVATIONS):
                yield {
                    "gtin": gtin, "first": 1 + part * length, "last": (part + 1) * length,
                    "lot": _lot(number, part * LOTS // ACTIVATIONS),
                    "at": ISSUED - self._dice.randrange(25_000_000_000),
                }  # fmt: skip

    def lots(self) -> Iterator[Row]:
        """One in twenty has expired, one in forty never will."""
        today = date(2026, 11, 23)
        for number, gtin in enumerate(self.gtins):
            for part in range(LOTS):
                produced = today - timedelta(30 + self._dice.randrange(270))
                old = self._dice.randrange(20) == 0
                expires = (
                    today - timedelta(1 + part) if old else today + timedelta(self._dice.randrange(30, 700))
                )
                yield {
                    "id": _lot(number, part), "gtin": gtin, "code": f"L{produced:%y%m%d}-{part + 1}",
                    "produced": produced.isoformat(),
                    "expires": None if self._dice.randrange(40) == 0 else expires.isoformat(),
                }  # fmt: skip

    def recalls(self) -> Iterator[Row]:
        for number in range(0, len(self.gtins), 100):
            yield {"lot": _lot(number, 3), "at": ISSUED - 86_400_000, "reason": "Vi sinh vượt ngưỡng"}

    def withdrawals(self) -> Iterator[Row]:
        for number in range(0, len(self.gtins), 200):
            row = {"product": f"SP{number:06d}", "on": "2026-05-01", "produced_from": "2026-05-01"}
            yield row | {"reason": "Không duy trì tiêu chí"}

    def voids(self) -> Iterator[Row]:
        for number in range(0, len(self.gtins), 10):
            yield {"gtin": self.gtins[number], "first": 30, "last": 31}

    def tombstones(self) -> Iterator[Row]:
        for number in range(0, len(self.gtins), 3):
            yield {"gtin": self.gtins[number], "first": 1, "last": 3}

    def contracts(self) -> Iterator[Row]:
        for number in range(PRODUCERS):
            until = "2026-01-31" if number % 50 == 1 else None
            yield {"producer": f"CS{number:06d}", "from": "2025-01-01", "until": until, "grace_days": 30}

    def settings(self) -> Iterator[Row]:
        yield {"name": "no_stamp_action", "value": "supervisor"}
        yield {"name": "outlet_name", "value": "Điểm giới thiệu và bán sản phẩm OCOP"}

    def patterns(self) -> Iterator[Row]:
        items = {f"NM{number:02d}": gtin for number, gtin in enumerate(self.gtins[:40])}
        yield {
            "id": "1",
            "pattern": "http://tem.example.vn/{item}/{serial}",
            "items": items,
            "last_day": "2027-06-30",
        }

    def sold(self, share: float, seed: int = 7, clustered: bool = False) -> BitMap:
        """The ordinals sold: each with this chance, or (clustered) the first ones of every product."""
        dice = np.random.default_rng(seed)
        if clustered:
            parts = (
                np.arange(base, base + round(count * share))
                for base, count in zip(self.bases, self.counts, strict=True)
            )
            ordinals = np.concatenate(list(parts))
        else:
            ordinals = np.nonzero(dice.random(self.stamps) < share)[0]
        sold = BitMap(ordinals.astype(np.uint32))
        sold.run_optimize()
        return sold

    def install(self, folder: Path, share: float = 0.5) -> None:
        """Build catalogue.db in `folder`, from the files that an office would publish."""
        files = folder / "files"
        files.mkdir(parents=True, exist_ok=True)
        written = SegmentFiles(files)
        segments = {name: written.write(base_lines(name, self.rows(name))) for name in catalogue.KEYS}
        everywhere = self.sold(share)
        here, twice = BitMap(everywhere[::1000]), BitMap(everywhere[::50_000])
        for name, ordinals in zip(catalogue.SOLD_SETS, (everywhere, here, twice), strict=True):
            segments[name] = written.write(sold_lines(name, bytes(ordinals.serialize()), {}))
        build(folder, files, *self.documents(segments), afresh=True)

    def documents(self, segments: dict[str, Any]) -> tuple[Row, Row]:
        """`root` and `current` as envelopes without signatures: who builds has verified them before."""
        keys = [
            {"k": k, "public": bytes(key.verify_key).hex(), "from": 0, "retired": False}
            for k, key in self.keys.items()
        ]
        named = [{"name": name, "base": file, "deltas": []} for name, file in sorted(segments.items())]
        current = {"version": ISSUED, "issued": ISSUED, "outlet": OUTLET, "segments": named}
        return {"signed": {"hosts": [HOST], "stamp_keys": keys}}, {"signed": current}


def _gtin(number: int) -> str:
    body = f"0893{number:09d}"
    return body + check_digits.gs1_digit(body)


def _lot(number: int, part: int) -> str:
    return f"LO-{number:06d}-{part:02d}"
