"""Pictures of products: from the office's form to the outlets that sell them."""

import hashlib
import io
import random
import re

import pytest
from PIL import Image
from sqlalchemy import select

from office import schema
from office.demo import stills
from office.publishing import contents
from office.registry import files, photos
from office.resolver.goods import ANSWERS
from office.storage import database
from sync.catalogue import LARGEST_PHOTO
from sync.host.office import OfficeError

SP1 = "/office/registry/products/SP1"


def picture(colour="green", size=(3000, 2000), kind="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def published(engine):
    with database.reading(engine) as connection:
        return {row["id"]: row["photo"] for row in contents.shared_rows(connection, "products")}


def kept(engine):
    with database.reading(engine) as connection:
        return {row.product: row for row in connection.execute(select(schema.photos))}


async def test_the_first_picture_of_a_product_is_published_and_another_may_be_chosen(desk, engine):
    await desk.log_in("registrar")
    assert set(published(engine).values()) == {None}
    await desk.upload(SP1 + "/files", "xanh.jpg", picture(), 303)
    first = published(engine)["SP1"]
    assert first == hashlib.sha256(kept(engine)["SP1"].data).hexdigest()
    await desk.upload(SP1 + "/files", "đỏ.png", picture("red", kind="PNG"), 303)
    assert published(engine)["SP1"] == first
    page = await desk.get(SP1)
    assert page.count("Khách đang thấy ảnh này") == 1
    choose = re.search(r"/office/files/\d+/show", page)[0]
    await desk.post(choose)
    assert published(engine)["SP1"] not in (None, first)
    await desk.post(choose.replace("show", "remove"), sure="yes")
    assert published(engine)["SP1"] is None


@pytest.mark.parametrize("seed", range(3))
def test_what_is_published_is_small_whatever_was_sent(seed):
    noise = random.Random(seed).randbytes(1200 * 1200 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (1200, 1200), noise).save(out, "PNG")
    small = photos.small(files.prepared(out.getvalue())[1])
    assert len(small) <= LARGEST_PHOTO
    assert max(Image.open(io.BytesIO(small), formats=("WEBP",)).size) <= 360


def test_nothing_of_the_bytes_that_were_sent_reaches_a_browser():
    """A file may be a picture and something else besides; what is published was drawn anew, twice."""
    sent = picture() + b"<script>alert(1)</script>" + b"PK\x05\x06" + bytes(18)
    small = photos.small(files.prepared(sent)[1])
    assert b"script" not in small
    assert b"PK" not in small
    with Image.open(io.BytesIO(small)) as made:
        assert made.format == "WEBP"
        assert not made.getexif()


async def test_a_picture_of_something_else_than_a_product_is_not_published(desk, engine):
    await desk.log_in("registrar")
    await desk.upload("/office/registry/producers/P1/files", "nhà.jpg", picture(), 303)
    with database.reading(engine) as connection:
        number = connection.execute(select(schema.files.c.id)).scalar_one()
    await desk.post(f"/office/files/{number}/show", 404)
    assert kept(engine) == {}


async def test_who_may_only_look_chooses_no_picture(desk, engine):
    await desk.log_in("registrar")
    await desk.upload(SP1 + "/files", "a.jpg", picture(), 303)
    await desk.upload(SP1 + "/files", "b.jpg", picture("red"), 303)
    choose = re.search(r"/office/files/\d+/show", await desk.get(SP1))[0]
    before = published(engine)
    await desk.log_in("viewer")
    await desk.post(choose, 403)
    assert published(engine) == before
    assert "/show" not in await desk.get(SP1)


async def test_devices_get_pictures_by_name_and_others_get_none(server, enrolled, engine, now):
    device = enrolled("HT01A")
    with database.writing(engine) as connection:
        still = stills.picture("Mật ong")
        number = files.add(connection, "products", "SP1", "a.jpg", "image/jpeg", still, "test", now)
        photos.show(connection, number, photos.small(still), "test", now)
    path = f"/sync/v1/photos/{published(engine)['SP1']}"
    status, data = await server.call("GET", path, device)
    assert (status, hashlib.sha256(data).hexdigest()) == (200, path.rpartition("/")[2])
    assert server.headers["Content-Type"] == "image/webp"
    assert (await server.call("GET", path))[0] == 401
    for name in ("0" * 64, "x", ".."):
        assert (await server.call("GET", f"/sync/v1/photos/{name}", device))[0] == 404


async def test_an_outlet_asks_the_office_for_a_picture(make_outlet, engine, now):
    outlet = await make_outlet()
    with database.writing(engine) as connection:
        still = stills.picture("Mật ong")
        number = files.add(connection, "products", "SP1", "a.jpg", "image/jpeg", still, "test", now)
        photos.show(connection, number, photos.small(still), "test", now)
    name = published(engine)["SP1"]
    assert hashlib.sha256(await outlet.syncing.photo(name)).hexdigest() == name
    with pytest.raises(OfficeError):
        await outlet.syncing.photo("0" * 64)


async def test_a_phone_shows_the_picture_of_goods_that_are_known(desk, gtin):
    await desk.log_in("registrar")
    await desk.upload(SP1 + "/files", "a.jpg", picture(), 303)
    desk.client.app[ANSWERS].fresh = -1.0  # each look asks whether something changed
    page = await desk.get(f"/01/{gtin}")
    path = re.search(r'<img src="(/photos/[0-9a-f]{64})" alt="Ảnh của Mật ong', page)[1]
    answer = await desk.client.get(path)
    assert hashlib.sha256(await answer.read()).hexdigest() == path.rpartition("/")[2]
    assert answer.headers["Content-Type"] == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    linked = await (await desk.client.get(f"/01/{gtin}", headers={"Accept": "application/ld+json"})).json()
    assert linked["image"].endswith(path)
    assert (await desk.client.get("/photos/" + "0" * 64)).status == 404
    await desk.post(re.search(r"/office/files/\d+", await desk.get(SP1))[0] + "/remove", sure="yes")
    assert "/photos/" not in await desk.get(f"/01/{gtin}")
