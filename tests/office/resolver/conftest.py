"""What the resolver's tests share: a phone, and stamps."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from office import service
from office.publishing import keys
from office.resolver.goods import ANSWERS
from office.resolver.guard import LIMITS
from office.resolver.limits import Limits
from scanner import stamps as stamp_texts


@pytest.fixture
async def phone(engine, office_settings, now):
    app = service.build(office_settings, lambda: now)
    app[ANSWERS].fresh = -1.0
    app[LIMITS] = Limits(1000, 1000)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def stamp(key_folder, gtin):
    """The path of a stamp's address."""

    def sign(serial, number=gtin):
        signer = keys.load(key_folder, "stamp-A")
        signature = signer.sign(stamp_texts.message("OCOP.HATINH.VN", "A", number, serial))
        made = stamp_texts.Stamp("OCOP.HATINH.VN", "A", signature, number, serial)
        return stamp_texts.uri(made).removeprefix("HTTPS://OCOP.HATINH.VN")

    return sign
