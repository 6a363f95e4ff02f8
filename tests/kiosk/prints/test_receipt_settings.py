"""How receipts look: the supervisor's form with its preview, the technician's template, and what prints in the end."""

import base64
import io
import json
import os

import pytest
from PIL import Image, ImageDraw

from kiosk.host.data.database import fact
from kiosk.host.prints.receipt_settings import GOOD, Receipt, fault
from kiosk.host.settings import Shop
from kiosk.host.tills import receipts
from printer import plain
from printer.receipts import receipt
from printer.standard import RECEIPT

PATH = "/api/receipt-settings"
HOSTILE = '<script>alert(1)</script> {code:1} | "x" \\ ^^^ ~ {image:logo} {{number}}'


@pytest.fixture
async def supervisor(shop):
    async with shop.session.post("/api/session", json={"pin": "654321"}) as answer:
        assert answer.status == 204
    return shop


async def ask(shop, method, path, status=200, **more):
    async with shop.session.request(method, path, **more) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def picture_of(shop, settings):
    async with shop.session.post(f"{PATH}/preview", json=settings) as answer:
        assert answer.status == 200, await answer.text()
        return Image.open(io.BytesIO(await answer.read()))


def entries(shop):
    return [
        json.loads(body) for (body,) in shop.db.execute("SELECT body FROM journal WHERE kind = 'settings'")
    ]


def drawn(size=(300, 120), form="PNG"):
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse((0, 0, size[0] - 1, size[1] - 1), fill="black")
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


async def test_a_clerk_changes_nothing_and_a_stranger_sees_nothing(clerk):
    shop = clerk
    for method, path in (
        ("GET", PATH),
        ("PUT", PATH),
        ("DELETE", PATH),
        ("POST", f"{PATH}/undo"),
        ("POST", f"{PATH}/logo"),
    ):
        assert (await ask(shop, method, path, 403))["title"] == "not_supervisor"
    async with shop.session.delete("/api/session"):
        pass
    assert (await ask(shop, "GET", PATH, 401))["title"] == "log_in"


async def test_saved_settings_are_journalled_undone_and_reset(supervisor):
    first = (await ask(supervisor, "GET", PATH))["settings"]
    assert first["name"] == "Điểm bán sản phẩm OCOP"
    wanted = first | {
        "name": "Cửa hàng Hồng Lam",
        "footer": "Cảm ơn quý khách",
        "hidden": ["cashier"],
        "vat": 8,
    }
    assert (await ask(supervisor, "PUT", PATH, json=wanted))["settings"] == wanted
    assert [entry["receipt"]["name"] for entry in entries(supervisor)] == ["Cửa hàng Hồng Lam"]
    assert entries(supervisor)[0]["staff"] == "ql1"
    await ask(supervisor, "PUT", PATH, json=wanted)  # the same again is no change
    assert len(entries(supervisor)) == 1
    assert (await ask(supervisor, "POST", f"{PATH}/undo"))["settings"] == first
    assert (await ask(supervisor, "POST", f"{PATH}/undo"))["settings"] == wanted
    assert (await ask(supervisor, "DELETE", PATH))["settings"] == first
    assert len(entries(supervisor)) == 4
    async with supervisor.session.get("/staff") as page:
        assert "Điểm bán sản phẩm OCOP" in await page.text()


async def test_settings_outlive_the_service(supervisor):
    first = (await ask(supervisor, "GET", PATH))["settings"]
    await ask(supervisor, "PUT", PATH, json=first | {"name": "Hồng Lam"})
    again = Receipt(
        supervisor.db, supervisor.writer, Shop(), supervisor.folder / "none", supervisor.clock.moment
    )
    assert again.current.name == "Hồng Lam"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"vat": 21},
        {"hidden": ["total"]},
        {"hidden": ["number"]},
        {"more": 1},
    ],
)
async def test_what_no_receipt_may_be_is_refused(supervisor, wrong):
    first = (await ask(supervisor, "GET", PATH))["settings"]
    for method, path in (("PUT", PATH), ("POST", f"{PATH}/preview")):
        assert (await ask(supervisor, method, path, 422, json=first | wrong))["title"] == "invalid"
    assert entries(supervisor) == []


async def test_the_preview_shows_what_is_not_saved(supervisor):
    first = (await ask(supervisor, "GET", PATH))["settings"]
    plain = await picture_of(supervisor, first)
    longer = await picture_of(supervisor, first | {"footer": "Cảm ơn", "vat": 8})
    shorter = await picture_of(supervisor, first | {"hidden": ["cashier", "lot", "produced", "expires"]})
    assert shorter.height < plain.height < longer.height
    assert plain.width == longer.width == 48 * 12 + 64
    assert entries(supervisor) == []


async def test_a_logo_is_made_of_any_picture_and_prints(supervisor):
    first = (await ask(supervisor, "GET", PATH))["settings"]
    plain = await picture_of(supervisor, first)
    for form in ("PNG", "JPEG", "WEBP"):
        file = base64.b64encode(drawn(form=form)).decode()
        logo = await ask(supervisor, "POST", f"{PATH}/logo", json={"file": file})
        assert (logo["width"], logo["height"]) == (300, 120)
        with_logo = await picture_of(supervisor, first | {"logo": logo})
        assert with_logo.height - plain.height == 120
    await ask(supervisor, "PUT", PATH, json=first | {"logo": logo})
    assert (await supervisor.receipt.look())["logo"] == logo


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "không phải hình"),
        (drawn()[:200], "không phải hình"),
        (drawn((1, 1)), "quá nhỏ"),
        (drawn((6000, 5000)), "triệu điểm ảnh"),
        (drawn(form="GIF"), "không phải hình"),
    ],
)
async def test_what_is_no_logo_is_refused_in_a_sentence(supervisor, data, said):
    problem = await ask(
        supervisor, "POST", f"{PATH}/logo", 422, json={"file": base64.b64encode(data).decode()}
    )
    assert said in problem["detail"]
    assert " / " in problem["detail"]


async def test_a_logo_whose_dots_are_not_whole_is_refused(supervisor):
    first = (await ask(supervisor, "GET", PATH))["settings"]
    logo = {"width": 80, "height": 10, "rows": base64.b64encode(b"\0" * 99).decode()}
    assert "logo" in (await ask(supervisor, "PUT", PATH, 422, json=first | {"logo": logo}))["detail"]
    assert entries(supervisor) == []


async def test_what_staff_type_prints_as_it_is(supervisor):
    """Neither ReceiptLine nor the page obeys a shop's name."""
    first = (await ask(supervisor, "GET", PATH))["settings"]
    await picture_of(supervisor, first | {"name": HOSTILE[:80], "footer": HOSTILE})
    await ask(supervisor, "PUT", PATH, json=first | {"name": HOSTILE[:80], "footer": HOSTILE})
    data = receipts.SAMPLE | receipts.shop_of(supervisor.receipt.current, 270_000)
    printed = plain.text(receipt(data, 48))
    assert "{code:1}" in printed
    assert "{image:logo} {{number}}" in printed.replace("\n", " ").replace("  ", " ")
    async with supervisor.session.get("/staff/receipt") as page:
        assert "<script>alert" not in await page.text()


# --- the technician's template ---


def template(shop):
    return shop.folder / "receipt.receipt"


async def test_the_technicians_template_prints(supervisor):
    template(supervisor).write_text(RECEIPT.replace("PHIẾU TÍNH TIỀN", "PHIẾU BÁN HÀNG"))
    look = await supervisor.receipt.look()
    assert "PHIẾU BÁN HÀNG" in look["template"]
    assert supervisor.outlet.status()["printer"]["template"] == ""


@pytest.mark.parametrize(
    ("line", "broken"),
    [(3, "{{no_such_field}}"), (5, "{end}"), (2, "{if:nothing}")],
)
async def test_a_broken_template_names_its_line_and_the_last_good_one_prints(supervisor, line, broken):
    good = RECEIPT.replace("PHIẾU TÍNH TIỀN", "PHIẾU BÁN HÀNG")
    template(supervisor).write_text(good)
    await supervisor.receipt.look()
    lines = RECEIPT.replace("PHIẾU TÍNH TIỀN", "SAI").split("\n")
    lines.insert(line - 1, broken)
    template(supervisor).write_text("\n".join(lines))
    look = await supervisor.receipt.look()
    assert look["template"] == good
    answer = await ask(supervisor, "GET", PATH)
    assert f"dòng {line}:" in answer["template"]
    assert f"line {line}:" in answer["template"]
    assert supervisor.outlet.status()["printer"]["template"] == answer["template"]
    # Also after a restart.
    again = Receipt(supervisor.db, supervisor.writer, Shop(), template(supervisor), supervisor.clock.moment)
    assert (await again.look())["template"] == good
    assert f"dòng {line}:" in again.problem
    template(supervisor).write_text(good + "\n")
    assert (await again.look())["template"] == good + "\n"
    assert again.problem == ""


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"x\n" * 20_000])
async def test_a_file_that_is_no_text_or_too_long(supervisor, data):
    template(supervisor).write_bytes(data)
    assert (await supervisor.receipt.look())["template"] == ""
    assert "receipt.receipt" in supervisor.receipt.problem


async def test_a_template_taken_away_gives_the_standard_one_again(supervisor):
    template(supervisor).write_text(RECEIPT + "\n")
    await supervisor.receipt.look()
    assert fact(supervisor.db, GOOD)
    os.unlink(template(supervisor))
    assert (await supervisor.receipt.look())["template"] == ""


def test_the_standard_template_has_no_fault():
    assert fault(RECEIPT) is None
