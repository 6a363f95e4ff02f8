"""The verdict on stamps really signed with Ed25519: PyNaCl and the core's own verifier answer alike."""

from collections.abc import Callable

import pytest
from nacl.signing import SigningKey

from kiosk.memory import MemoryCatalogue
from kiosk.verdicts import verdict
from scanner import codes, stamps
from sync import ed25519
from sync.host import device_key

HOST, GTIN, OTHER = "OCOP.HATINH.VN", "08930000000019", "08930000000026"
Verify = Callable[[bytes, bytes, bytes], bool]
NOW = 1_795_400_000_000
KEYS = {"A": SigningKey(bytes([1]) * 32), "B": SigningKey(bytes([2]) * 32)}
VERIFIERS = pytest.mark.parametrize("verify", [device_key.verify, ed25519.verify], ids=["libsodium", "core"])


class NothingSold:
    def here(self, gtin: str, serial: int, ordinal: int) -> None:
        return None

    def elsewhere(self, gtin: str, serial: int, ordinal: int) -> None:
        return None


def catalogue() -> MemoryCatalogue:
    public = [{"k": k, "public": key.verify_key.encode().hex(), "retired": False} for k, key in KEYS.items()]
    item = {"product": "honey", "unit": "hũ", "net": "500 g", "price": 185000, "stamped": True, "mark": 100}
    return MemoryCatalogue(
        {"hosts": [HOST, "TEM.HATINH.VN"], "stamp_keys": public},
        {"version": 1, "issued": NOW},
        {
            "trade_items": [item | {"gtin": gtin} for gtin in (GTIN, OTHER)],
            "products": [{"id": "honey", "producer": "c", "recognised_until": None, "grace_days": 0}],
            "batches": [
                {"gtin": gtin, "batch": n, "first": 1, "last": 100, "base": n * 100, "k": "A"}
                for n, gtin in enumerate((GTIN, OTHER))
            ],
            "activations": [
                {"gtin": gtin, "first": 1, "last": 100, "lot": "l", "at": NOW} for gtin in (GTIN, OTHER)
            ],
            "lots": [{"id": "l", "gtin": GTIN, "code": "L", "produced": "2026-11-01", "expires": None}],
            "contracts": [{"producer": "c", "from": "2026-01-01", "until": None, "grace_days": 0}],
        },
    )


def signed(host: str = HOST, k: str = "A", gtin: str = GTIN, serial: int = 7) -> stamps.Stamp:
    signature = KEYS[k].sign(stamps.message(host, k, gtin, serial)).signature
    return stamps.Stamp(host, k, signature, gtin, serial)


def judged(stamp: stamps.Stamp, verify: Verify) -> str:
    code = codes.parse(stamps.uri(stamp))
    assert code.kind == "stamp"
    return str(verdict(code, "sell", catalogue(), NothingSold(), (), NOW, "fresh", verify).verdict)


@VERIFIERS
def test_a_signed_stamp_is_genuine(verify: Verify) -> None:
    assert judged(signed(), verify) == "genuine"
    assert judged(signed(host="TEM.HATINH.VN"), verify) == "genuine"


@VERIFIERS
@pytest.mark.parametrize(
    ("part", "value"), [("gtin", OTHER), ("serial", 8), ("host", "TEM.HATINH.VN"), ("k", "B")]
)
def test_a_signature_fits_its_own_words_only(part: str, value: object, verify: Verify) -> None:
    stamp = signed()
    setattr(stamp, part, value)
    assert judged(stamp, verify) == "bad_signature"


@VERIFIERS
def test_a_good_signature_under_a_key_that_is_not_the_batchs(verify: Verify) -> None:
    assert judged(signed(k="B"), verify) == "bad_signature"


@VERIFIERS
def test_every_byte_of_the_signature_counts(verify: Verify) -> None:
    good = signed()
    for place in range(0, 64, 9):
        spoilt = bytearray(good.signature)
        spoilt[place] ^= 1
        assert judged(stamps.Stamp(HOST, "A", bytes(spoilt), GTIN, 7), verify) == "bad_signature", place


@VERIFIERS
def test_a_signed_serial_above_the_mark_is_newer(verify: Verify) -> None:
    assert judged(signed(serial=101), verify) == "newer_than_catalogue"
