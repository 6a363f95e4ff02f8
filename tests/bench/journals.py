"""Journals of shops as the till writes them: sales of three lines of goods with five stamps, and scans."""

import random

from sync import journal
from sync.canonical import encode
from sync.damage import Kept

START_MS = 1_795_420_800_000
PRODUCTS = 72
BATCH = 20_000  # serials of each product


def gtin(product):
    """GTIN-14 of a product, from 0."""
    digits = f"0893000{product:06d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


class Shop:
    """One outlet's device: `journal(sales, scans)` is its journal, in seeded random order. Its stamps stand behind
    serial `shelf` of each product: two shops sell none twice.
    """

    def __init__(self, device, seed=1, shelf=0):
        self.device, self.random = device, random.Random(seed)
        # Goods leave about in order.
        self.sold = [shelf + self.random.randrange(BATCH // 8) for _ in range(PRODUCTS)]

    def journal(self, sales, scans, first=1, previous=journal.START):
        """[Kept], `scans` spread among `sales`."""
        at, kept, mono = START_MS, [], 0
        order = ["sale"] * sales + ["scan"] * scans
        self.random.shuffle(order)
        for kind in order:
            step = self.random.randrange(2_000, 60_000)
            at, mono = at + step, mono + step
            data = encode(self.sale() if kind == "sale" else self.scan())
            header = journal.header_bytes(self.device, first + len(kept), at, mono, "sure", kind, data)
            previous = journal.entry_hash(previous, header)
            kept.append(Kept(first + len(kept), header, data, previous, False))
        return kept

    def sale(self):
        """Three products, two of one, two of another and one of the third: each stamp is a line of its own."""
        lines = []
        for product, count in zip(self.random.sample(range(PRODUCTS), 3), (2, 2, 1), strict=True):
            for _ in range(count):
                self.sold[product] += self.random.choice((1, 1, 1, 2, 3, 7))
                serial = self.sold[product] % BATCH + 1
                price = 15_000 + 5_000 * (product % 60)
                lines.append(
                    {"gtin": gtin(product), "qty": 1, "serial": serial, "ordinal": product * BATCH + serial - 1,
                     "lot": f"L{product}-{serial // 2000}", "price": price, "amount": price,
                     "verdict": "genuine", "flagged": False}
                )  # fmt: skip
        total = sum(line["amount"] for line in lines)
        paid = -(-total // 50_000) * 50_000
        return {
            "v": 1, "staff": self.random.choice(("nv1", "nv2")), "lines": lines, "total": total,
            "payments": [{"kind": "cash", "amount": paid}], "change": paid - total,
            "catalogue": 1_795_400_000_000, "age": "fresh",
        }  # fmt: skip

    def scan(self):
        """A shopper looks at a stamp."""
        product = self.random.randrange(PRODUCTS)
        return {
            "v": 1, "reader": "shopper-camera", "purpose": "look", "verdict": "genuine", "action": "show",
            "kind": "stamp", "length": 161, "catalogue": 1_795_400_000_000, "age": "fresh",
            "gtin": gtin(product), "serial": self.random.randrange(BATCH) + 1, "k": "A",
        }  # fmt: skip
