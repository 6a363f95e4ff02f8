"""What a phone sees, from a real server."""

from datetime import date

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import event, select, update

from config.province import province
from office import registry, schema, service, settings, stamps
from office.outlets.ingest import ingest
from office.publishing import keys
from office.resolver.goods import ANSWERS
from office.resolver.guard import LIMITS
from office.resolver.limits import Limits
from office.storage import counters, database
from office.times import local_date
from office.web.keys_app import ENGINE
from scanner import stamps as stamp_texts
from sync.journal import hash10

SCHEME = "HTTPS://OCOP.HATINH.VN"


@pytest.fixture
async def phone(engine, office_settings, now):
    app = service.build(office_settings, lambda: now)
    app[LIMITS] = Limits(1000, 1000)
    app[ANSWERS].fresh = -1.0  # each look asks whether something changed
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def stamp(key_folder, gtin):
    """The path of a signed stamp."""

    def sign(serial, number=gtin, by=None):
        signer = by or keys.load(key_folder, "stamp-A")
        signature = signer.sign(stamp_texts.message("OCOP.HATINH.VN", "A", number, serial))
        stamp = stamp_texts.Stamp("OCOP.HATINH.VN", "A", signature, number, serial)
        return stamp_texts.uri(stamp).removeprefix(SCHEME)

    return sign


async def show(phone, path, status=200, **more):
    answer = await phone.get(path, **more)
    assert answer.status == status
    return await answer.text()


async def test_another_stamp_of_goods_that_are_known_asks_for_its_ranges_and_its_sale(phone, stamp):
    await show(phone, stamp(1))
    asked = []
    event.listen(phone.app[ENGINE], "before_cursor_execute", lambda _c, _cursor, sql, *_: asked.append(sql))
    await show(phone, stamp(2))
    assert len([sql for sql in asked if "batches" in sql or "activations" in sql or "sale_lines" in sql]) == 2


async def test_a_genuine_stamp_shows_its_product_and_lot(phone, stamp):
    page = await show(phone, stamp(1))
    assert '<section class="verdict ok">' in page
    assert "Tem thật" in page
    assert "Genuine stamp" in page
    for known in ("Mật ong", "HTX Mật ong", "MO-01", "01/10/2026", "01/10/2027", "4 sao OCOP"):
        assert known in page


@pytest.mark.only_on("sqlite")
async def test_pages_name_the_office_s_own_province(office_settings, engine, now, gtin, tmp_path):
    elsewhere = msgspec.structs.replace(province(), name="Quảng Trị", city_name="Đông Hà")
    (tmp_path / "quang-tri.json").write_bytes(msgspec.json.encode(elsewhere))
    (tmp_path / "office.toml").write_text(f'data = "{office_settings.data}"\nprovince = "quang-tri.json"\n')
    app = service.build(settings.load(tmp_path / "office.toml"), lambda: now)
    async with TestClient(TestServer(app)) as client:
        for path in (f"/01/{gtin}", "/R/HT01A/1/AAAAAAAAAA", "/office/login"):
            page = await (await client.get(path)).text()
            assert "OCOP Quảng Trị" in page and "Hà Tĩnh" not in page, path


async def test_a_page_needs_no_script_and_loads_nothing_from_elsewhere(phone, stamp):
    answer = await phone.get(stamp(1))
    page = await answer.text()
    assert "script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert " style=" not in page
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Set-Cookie" not in answer.headers


async def test_english_on_request(phone, stamp):
    page = await show(phone, stamp(1) + "?lang=en")
    assert '<html lang="en">' in page
    assert "1 Oct 2026" in page


async def test_a_query_that_an_app_appends_changes_nothing(phone, stamp):
    assert "Tem thật" in await show(phone, stamp(1) + "?fbclid=abc")


async def test_letters_may_arrive_in_small(phone, stamp):
    assert "Tem thật" in await show(phone, stamp(1).lower())


async def test_a_signature_of_somebody_else_lends_no_product_its_name(phone, stamp):
    page = await show(phone, stamp(1, by=keys.Signer(b"x" * 32)))
    assert '<section class="verdict suspect">' in page
    assert "Mật ong" not in page


async def test_leaving_the_signature_off_does_not_help(phone, gtin):
    page = await show(phone, f"/01/{gtin}/21/1")
    assert '<section class="verdict suspect">' in page
    assert "MO-01" not in page


async def test_a_stamp_that_is_not_activated_says_so(phone, stamp):
    assert "Tem chưa được kích hoạt" in await show(phone, stamp(60))


async def test_a_recall_is_told_with_its_reason(phone, stamp, engine, now):
    with database.writing(engine) as connection:
        registry.recall(connection, "L1", "Độ ẩm cao", "test", now)
    page = await show(phone, stamp(1))
    assert '<section class="verdict procedural">' in page
    assert "Độ ẩm cao" in page


async def test_goods_whose_recognition_was_withdrawn_are_shown_without_its_stars(
    phone, stamp, engine, gtin, now
):
    with database.writing(engine) as connection:
        of_it = schema.trade_items.c.gtin == gtin
        product = connection.execute(select(schema.trade_items.c.product).where(of_it)).scalar_one()
        registry.withdraw(connection, product, local_date(now), None, "Đổi công thức", "test", now)
    for path in (stamp(1), f"/01/{gtin}"):
        page = await show(phone, path)
        assert "Đổi công thức" in page and "Rút công nhận" in page
        assert "sao OCOP" not in page and "Công nhận đến" not in page, path
        told = await (await phone.get(path, headers={"Accept": "application/ld+json"})).json(
            content_type=None
        )
        assert told["hasCertification"]["certificationStatus"] == "https://schema.org/CertificationInactive"


async def test_only_a_stamp_whose_signature_is_right_is_said_to_be_the_office_s(phone, stamp, gtin):
    said = "Chữ ký trên tem cho biết"
    assert said in await show(phone, stamp(1))
    for path in (stamp(1, by=keys.Signer(b"x" * 32)), f"/01/{gtin}/21/1", f"/01/{gtin}"):
        assert said not in await show(phone, path), path


async def test_a_void_stamp_is_suspect(phone, stamp, engine, now, gtin):
    with database.writing(engine) as connection:
        stamps.void(connection, gtin, 60, 60, "mất", "test", now)
    assert '<section class="verdict suspect">' in await show(phone, stamp(60))


async def test_a_buyer_at_home_reads_where_it_was_sold_and_nothing_frightening(
    phone, stamp, enrolled, engine, gtin, now
):
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    page = await show(phone, stamp(1))
    assert '<section class="verdict ok">' in page
    assert "Điểm 1" in page
    assert "HT01A-1" not in page  # the receipt's number is the buyer's
    assert "Đã bán" not in await show(phone, stamp(2))


async def test_a_sale_that_is_held_back_says_nothing_about_its_stamp(phone, stamp, sale, engine):
    assert "Đã bán" in await show(phone, stamp(1))
    with database.writing(engine) as connection:
        connection.execute(update(schema.sales).values(held=True))
        counters.raise_by(connection, counters.SOLD)
    assert "Đã bán" not in await show(phone, stamp(1))


async def test_the_address_of_a_product_shows_the_product(phone, gtin):
    page = await show(phone, f"/01/{gtin}")
    assert "Mật ong" in page
    assert "verdict ok" not in page


async def test_what_is_no_product_of_ours_is_not_found(phone):
    for path, status in (("/01/08930000000033", 404), ("/01/123", 400), ("/01/0893000000001X", 400),
                         ("/01/%F0%9F%8D%AF", 400)):  # fmt: skip
        assert "verdict procedural" in await show(phone, path, status)


@pytest.mark.parametrize(
    "path",
    ["/S/A/01/1/21/1", "/S/%00/01/%00/21/%00", "/S/<script>/01/x/21/y", f"/S/{'A' * 4000}/01/1/21/1",
     "/01/08930000000019/21/99999999999999999999", "/01/08930000000019/21/%C3%9F", "/01/" + "9" * 3000],
)  # fmt: skip
async def test_no_address_breaks_it(phone, path):
    answer = await phone.get(path)
    assert answer.status in (200, 400, 404)
    assert "<script" not in await answer.text()


@pytest.fixture
def sale(enrolled, engine, gtin, now):
    """A device that sent one sale; the sale's place in the address of its receipt."""
    device = enrolled("HT01A")
    device.sell(gtin, 1)
    ingest(engine, "HT01A", device.segment(), now)
    return device


@pytest.fixture
def alerts(engine):
    def read():
        table = schema.alerts
        with database.reading(engine) as connection:
            found = connection.execute(
                select(table).where(table.c.kind == "not_in_books").order_by(table.c.id)
            )
            return [(row.device, row.seq, row.outlet, row.detail["hash10"]) for row in found]

    return read


async def test_a_receipt_shows_its_sale_and_not_who_sold(phone, sale, alerts):
    code = hash10(sale.hash_at(1))
    page = await show(phone, f"/R/HT01A/1/{code}")
    for known in ("Hoá đơn có trong sổ", "Điểm 1", "Mật ong", "185.000 ₫", f"HT01A-1 · {code}"):
        assert known in page
    assert ">An<" not in page
    assert "Hoá đơn có trong sổ" in await show(phone, f"/r/ht01a/1/{code.lower()}")
    assert alerts() == []


async def test_a_receipt_that_has_not_arrived_yet(phone, sale, alerts):
    assert "Chưa nhận được" in await show(phone, "/R/HT01A/2/AAAAAAAAAA")
    assert alerts() == []


@pytest.mark.parametrize(("seq", "status"), [(1, 404), (2, 200)])
async def test_the_length_of_a_journal_is_not_found_by_guessing(phone, sale, seq, status):
    asked = 0
    while (await phone.get(f"/R/HT01A/{seq}/AAAAAAAAAA")).status == status:
        asked += 1
    assert asked < 500  # of the thousand looks that one client may take here


async def test_a_receipt_that_is_not_in_the_books_alerts_once(phone, sale, alerts):
    for _ in range(2):
        page = await show(phone, "/R/HT01A/1/AAAAAAAAAA", 404)
    assert "Không có trong sổ" in page
    assert "185.000" not in page
    assert alerts() == [("HT01A", 1, "HT01", "AAAAAAAAAA")]


async def test_nobody_can_flood_the_office_with_alerts(phone, sale, engine, gtin, now, alerts):
    for serial in range(2, 31):
        sale.sell(gtin, serial)
    ingest(engine, "HT01A", sale.segment(), now)
    for seq in range(1, 31):
        await show(phone, f"/R/HT01A/{seq}/AAAAAAAAAA", 404)
    assert len(alerts()) == 20


async def test_a_device_that_never_was_raises_no_alert(phone, sale, alerts):
    await show(phone, "/R/HT09Z/1/AAAAAAAAAA", 404)
    assert alerts() == []


async def test_an_entry_that_is_no_sale_is_being_checked(phone, sale, engine, now):
    sale.add("sale", b"no canonical JSON")
    ingest(engine, "HT01A", sale.segment(), now)
    assert "Đã nhận, đang kiểm tra" in await show(phone, f"/R/HT01A/2/{hash10(sale.hash_at(2))}")


async def test_malformed_receipts_are_not_found(phone):
    for path in (
        "/R/HT01A/0/AAAAAAAAAA",
        "/R/HT01A/1/AAAA",
        "/R/HT01A/x/AAAAAAAAAA",
        "/R/HT01A/1/AAAAAAAAA1",
    ):
        await show(phone, path, 404)


async def test_an_older_stamps_address_shows_its_product_until_its_last_day(phone, engine, gtin, now):
    pattern = registry.Pattern(
        "old", "http://tem.example.vn/t/{item}?s={serial}", {"MO": gtin}, date(2027, 6, 30)
    )
    with database.writing(engine) as connection:
        registry.put(connection, pattern, "test", now)
    old_host = {"Host": "tem.example.vn"}
    page = await show(phone, "/t/MO?s=900", headers=old_host)
    assert "Mật ong" in page
    assert "Tem thật" not in page  # nothing was signed
    await show(phone, "/t/XX?s=900", status=404, headers=old_host)
    await show(phone, "/t/MO?s=900", status=404)  # another host's address
    with database.writing(engine) as connection:
        registry.end_pattern(connection, "old", date(2026, 11, 1), "admin", now)
    ended = await show(phone, "/t/MO?s=900", headers=old_host)
    assert '<section class="verdict ok">' not in ended


async def test_an_address_that_is_no_page_stays_one(phone):
    for path in ("/nothing", "/t/MO?s=900", "/favicon.ico", "/" + "x" * 6000):
        await show(phone, path, status=404)
