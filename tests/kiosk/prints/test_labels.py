"""Labels from the staff's page to the paper: what they say, what is refused, one entry and one job each."""

import asyncio
import io
import json
import socket
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kiosk.host.prints.labels import unit_price
from kiosk.host.settings import LabelPrinter

PATH = "/api/labels"
GTIN, PLAIN = "08931234567019", "08931234567026"


@pytest.fixture
async def printing(shop):
    task = asyncio.create_task(shop.label_printing.run())
    yield
    task.cancel()
    await asyncio.wait([task])


async def ask(shop, status, body, path=PATH):
    async with shop.session.post(path, json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def picture(shop, **body):
    async with shop.session.post(f"{PATH}/preview", json=body) as answer:
        assert answer.status == 200, await answer.text()
        return Image.open(io.BytesIO(await answer.read()))


def jobs(shop):
    return [
        (state, json.loads(data))
        for state, data in shop.db.execute(
            "SELECT state, data FROM print_job WHERE kind = 'label' ORDER BY id"
        )
    ]


def entries(shop):
    return [
        json.loads(row[0]) for row in shop.db.execute("SELECT body FROM journal WHERE kind = 'label_printed'")
    ]


def printed(shop):
    return Image.open(min(Path(shop.folder).glob("*.png")))


async def ended(shop, count):
    """Wait until so many label jobs have ended, by the events that the staff page gets."""
    async with asyncio.timeout(60):
        async with shop.session.get("/api/events") as events:
            while sum(state not in ("queued", "printing") for state, _ in jobs(shop)) < count:
                await events.content.readline()


def read_back(image):
    return {
        code.text
        for code in zxingcpp.read_barcodes(image.convert("L").resize((image.width * 2, image.height * 2)))
    }


async def test_shelf_labels_are_printed_and_noted(clerk, printing):
    answer = await ask(clerk, 202, {"template": "shelf-50x30", "code": PLAIN, "count": 3})
    assert "Nón lá" in answer["number"]
    assert entries(clerk) == [{"v": 1, "staff": "nv1", "template": "shelf-50x30", "count": 3, "gtin": PLAIN}]
    await ended(clerk, 1)
    ((state, data),) = jobs(clerk)
    assert state == "printed"
    assert data["label"]["price"] == 50_000
    assert PLAIN[1:] in read_back(printed(clerk))


async def test_the_persons_answer_goes_to_the_label_printer(clerk, printing):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    clerk.label_printing._printer = LabelPrinter(
        device=f"tcp:127.0.0.1:{port}"
    )  # where no printer is any more
    queued = await ask(clerk, 202, {"template": "shelf-50x30", "code": PLAIN})
    await ended(clerk, 1)
    async with clerk.session.get("/api/print-jobs") as answer:
        (waiting,) = (await answer.json())["jobs"]
    assert (waiting["kind"], waiting["state"]) == ("label", "not_printed")
    await ask(clerk, 200, {"printed": False}, f"/api/print-jobs/{queued['job']}/answer")
    await ended(clerk, 2)
    async with clerk.session.get("/api/print-jobs") as answer:
        (waiting,) = (await answer.json())["jobs"]
    assert waiting["job"] != queued["job"]
    await ask(clerk, 200, {"printed": True}, f"/api/print-jobs/{waiting['job']}/answer")
    async with clerk.session.get("/api/print-jobs") as answer:
        assert (await answer.json())["jobs"] == []
    assert [state for state, _ in jobs(clerk)] == ["not_printed", "printed"]


async def test_a_product_label_carries_its_stamp_and_lot(clerk):
    code = clerk.stamp(7)
    label = await picture(clerk, template="product-50x30", code=code)
    assert code in read_back(label)
    assert label.size == (400, 240)


async def test_a_stamp_makes_one_label_only(clerk):
    problem = await ask(clerk, 422, {"template": "product-50x30", "code": clerk.stamp(7), "count": 2})
    assert problem["title"] == "one_stamp_one_label"
    assert (jobs(clerk), entries(clerk)) == ([], [])


async def test_a_stamp_that_is_not_genuine_is_never_printed(clerk):
    forged = clerk.stamp(7, clerk.forger)
    for code in (forged, clerk.stamp(35)):  # 35 is not activated
        problem = await ask(clerk, 422, {"template": "product-50x30", "code": code})
        assert problem["title"] == "stamp_not_sound"
        assert " / " in problem["detail"]
    assert (jobs(clerk), entries(clerk)) == ([], [])


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"template": "shelf-50x30", "code": "hello"}, "not_our_goods"),
        ({"template": "shelf-50x30", "code": "04006381333931"}, "not_our_goods"),
        ({"template": "shelf-99x99", "code": PLAIN}, "no_template"),
        ({"template": "../../x", "code": PLAIN}, "invalid"),
        ({"template": "shelf-50x30", "code": PLAIN, "count": 0}, "invalid"),
        ({"template": "shelf-50x30", "code": PLAIN, "count": 1001}, "invalid"),
    ],
)
async def test_what_no_label_can_be_made_of_is_said(clerk, body, title):
    for path in (PATH, f"{PATH}/preview"):
        assert (await ask(clerk, 422, body, path))["title"] == title
    assert (jobs(clerk), entries(clerk)) == ([], [])


async def test_nobody_prints_without_logging_in(shop):
    assert (await ask(shop, 401, {"template": "shelf-50x30", "code": PLAIN}))["title"] == "log_in"


@pytest.mark.parametrize(
    ("price", "net", "said"),
    [
        (110_000, "500 ml", "220.000\xa0₫/lít"),
        (110_000, "0,5 l", "220.000\xa0₫/lít"),
        (90_000, "250g", "360.000\xa0₫/kg"),
        (90_000, "1.5 kg", "60.000\xa0₫/kg"),
        (90_000, "1", ""),
        (90_000, "0 g", ""),
        (0, "500 ml", ""),
    ],
)
def test_the_price_of_a_kilogram_or_litre(price, net, said):
    assert unit_price(price, net).replace(" ", "\xa0") == said


# --- the technician's templates ---

OWN = "{label:50x30; cell:24}\n|GIA RE\n|{{name}}\n{if:ean}\n{option:ean,2,64,hri}\n{code:{{ean}}}\n{end}\n"


async def test_the_technicians_template_prints_and_shows(clerk, printing):
    body = {"code": GTIN, "template": "shelf-50x30"}
    shipped = (await picture(clerk, **body)).tobytes()
    file = clerk.folder / "shelf-50x30.receipt"
    file.write_text(OWN)
    own = (await picture(clerk, **body)).tobytes()
    assert own != shipped
    await ask(clerk, 202, body | {"count": 1})
    await ended(clerk, 1)
    assert jobs(clerk)[0][1]["template"] == OWN
    file.unlink()
    assert (await picture(clerk, **body)).tobytes() == shipped


@pytest.mark.parametrize(
    ("broken", "line"), [("|{{no_such_field}}", 2), ("{option:code128}\n{code:{{name}}}", 3)]
)
async def test_a_broken_template_names_its_line_and_the_last_good_one_prints(clerk, broken, line):
    body = {"code": GTIN, "template": "shelf-50x30"}
    file = clerk.folder / "shelf-50x30.receipt"
    file.write_text(OWN)
    good = (await picture(clerk, **body)).tobytes()
    file.write_text("{label:50x30}\n" + broken)
    assert (await picture(clerk, **body)).tobytes() == good
    async with clerk.session.get("/staff/labels") as answer:
        page = await answer.text()
    assert f"shelf-50x30.receipt sai ở dòng {line}:" in page and f"is wrong in line {line}:" in page
    file.write_text("|{{name}}")
    async with clerk.session.get("/staff/labels") as answer:
        assert "{label:" in await answer.text()
    assert (await picture(clerk, **body)).tobytes() == good


async def test_another_price_prints_the_shelfs_label_anew(shop):
    async with shop.session.post("/api/session", json={"pin": "654321"}) as answer:
        assert answer.status == 204
    jobs = "SELECT data FROM print_job WHERE kind = 'label' ORDER BY id"
    async with shop.session.put(f"/api/prices/{shop.plain}", json={"price": 48_000}) as answer:
        assert answer.status == 200
    assert shop.db.execute(jobs).fetchall() == []  # there was no label yet
    labels = {"template": "shelf-50x30", "code": shop.plain, "count": 3}
    async with shop.session.post("/api/labels", json=labels) as answer:
        assert answer.status == 202
    async with shop.session.put(f"/api/prices/{shop.plain}", json={"price": 45_000}) as answer:
        assert answer.status == 200
    first, again = (json.loads(data) for (data,) in shop.db.execute(jobs))
    assert (first["label"]["price"], again["label"]["price"]) == (48_000, 45_000)
    assert (again["count"], again["size"]) == (3, "50x30")
