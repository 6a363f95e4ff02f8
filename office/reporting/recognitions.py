"""The report of recognitions: which run out, when, and what is to be done."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from office import schema
from office.reporting.asked import Asked
from office.reporting.periods import months_later
from office.reporting.report import Figure, Part, Report
from office.sheets import Column, Sheet

_GIVEN, _PRODUCTS, _PRODUCERS = schema.recognitions, schema.products, schema.producers
_TO_DO = {
    0: (
        "Đã hết hạn: hàng sản xuất từ nay không còn là hàng OCOP. Nộp hồ sơ đánh giá lại; đừng phát hành tem mới.",
        "It has run out: what is produced from now on is no OCOP product. File for a new evaluation; issue no stamps.",
    ),
    1: (
        "Còn dưới 1 tháng: nộp hồ sơ ngay, hẹn lịch hội đồng huyện và tỉnh; tem mới chỉ cho lô trước ngày hết hạn.",
        "Less than 1 month: file at once and fix the councils' dates; new stamps only for lots before the last day.",
    ),
    3: (
        "Còn dưới 3 tháng: hồ sơ, phiếu kiểm nghiệm còn hạn phải xong để hội đồng chấm trước ngày hết hạn.",
        "Less than 3 months: papers and valid test reports must be complete, so that the council scores in time.",
    ),
    6: (
        "Còn dưới 6 tháng: nhắc chủ thể đăng ký đánh giá lại, rà soát kiểm nghiệm và câu chuyện sản phẩm.",
        "Less than 6 months: remind the producer to register again; look over test reports and the product's story.",
    ),
}
_PAST = 12  # months for which one that has run out is still listed


class Ending(NamedTuple):
    """A recognition that runs out within `months` (0: it has)."""

    product: str
    name: str
    name_en: str
    producer: str
    phone: str
    stars: int
    decision: str
    until: date
    months: int


def report(connection: Connection, asked: Asked) -> Report:
    """What runs out in the next half year or did in the last year, today."""
    say = asked.say
    found = endings(connection, asked.today)
    counts = {months: sum(one.months == months for one in found) for months in _TO_DO}
    standing = current(connection, asked.today)
    figures = [
        Figure(say("Sản phẩm đang được công nhận", "Products recognised"), len(standing)),
        Figure(say("Hết hạn trong 1 tháng", "Run out within 1 month"), counts[1]),
        Figure(say("Trong 3 tháng", "Within 3 months"), counts[1] + counts[3]),
        Figure(say("Trong 6 tháng", "Within 6 months"), counts[1] + counts[3] + counts[6]),
        Figure(say("Đã hết hạn (12 tháng qua)", "Run out (last 12 months)"), counts[0]),
    ]
    title = say("Công nhận sắp hết hạn", "Recognitions that run out")
    told = say(f"Ngày {asked.day(asked.today)}", asked.day(asked.today))
    return Report("cong-nhan-het-han", title, told, figures, [part(asked, found)])


def part(asked: Asked, found: list[Ending]) -> Part:
    """The list, with what is to be done."""
    say = asked.say
    title = say("Công nhận sắp hết hạn", "Recognitions that run out")
    columns = [
        Column(say("Sản phẩm", "Product"), width=34), Column(say("Chủ thể", "Producer"), width=32),
        Column(say("Điện thoại", "Phone"), width=16), Column(say("Hạng sao", "Stars"), "integer"),
        Column(say("Quyết định", "Decision"), width=18), Column(say("Công nhận đến", "Recognised until"), "date"),
        Column(say("Số ngày còn", "Days left"), "integer"), Column(say("Việc cần làm", "What to do"), "long", 60),
    ]  # fmt: skip
    rows = [
        (say(one.name, one.name_en), one.producer, one.phone, one.stars, one.decision, one.until,
         (one.until - asked.today).days, say(*_TO_DO[one.months]))
        for one in found
    ]  # fmt: skip
    links = [f"/office/registry/products/{one.product}" for one in found]
    empty = say(
        "Trong 6 tháng tới không có công nhận nào hết hạn.", "No recognition runs out in the next 6 months."
    )
    return Part(title, Sheet(title, columns, rows), (), "" if found else empty, (), links)


def endings(connection: Connection, today: date) -> list[Ending]:
    """Products by the day on which their newest recognition runs out, the soonest first; not those withdrawn."""
    edges = [(months, _months_on(today, months)) for months in (1, 3, 6)]
    earliest = _months_on(today, -_PAST)
    found = []
    for row in _newest(connection):
        until = date.fromisoformat(row.recognised_until)
        if row.withdrawn is None and earliest <= until <= edges[-1][1]:
            months = 0 if until < today else next(months for months, edge in edges if until <= edge)
            found.append(
                Ending(row.id, row.name, row.name_en or row.name, row.producer_name, row.phone, row.stars, row.decision,
                       until, months)
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.until, one.product))


def current(connection: Connection, day: date) -> list[int]:
    """The stars of every product that is recognised on a day."""
    iso = day.isoformat()
    latest: dict[str, Any] = {}
    withdrawn = schema.withdrawals
    query = (
        select(
            _GIVEN.c.product, _GIVEN.c.stars, _GIVEN.c.recognised, _GIVEN.c.recognised_until, withdrawn.c.on
        )
        .join_from(_GIVEN, withdrawn, withdrawn.c.product == _GIVEN.c.product, isouter=True)
        .where(_GIVEN.c.recognised <= iso)
        .order_by(_GIVEN.c.recognised)
    )
    for row in connection.execute(query):
        latest[row.product] = row
    return [
        row.stars
        for row in latest.values()
        if row.recognised_until >= iso and (row.on is None or row.on > iso)
    ]


def _newest(connection: Connection) -> list[Any]:
    newest = (
        select(_GIVEN.c.product, func.max(_GIVEN.c.recognised).label("recognised"))
        .group_by(_GIVEN.c.product)
        .subquery()
    )
    withdrawn = schema.withdrawals
    query = (
        select(_PRODUCTS.c.id, _PRODUCTS.c.name, _PRODUCTS.c.name_en, _PRODUCERS.c.name.label("producer_name"),
               _PRODUCERS.c.phone, _GIVEN.c.stars, _GIVEN.c.decision, _GIVEN.c.recognised_until,
               withdrawn.c.on.label("withdrawn"))
        .join_from(_PRODUCTS, _PRODUCERS, _PRODUCERS.c.id == _PRODUCTS.c.producer)
        .join(newest, newest.c.product == _PRODUCTS.c.id)
        .join(_GIVEN, (_GIVEN.c.product == newest.c.product) & (_GIVEN.c.recognised == newest.c.recognised))
        .join(withdrawn, withdrawn.c.product == _PRODUCTS.c.id, isouter=True)
    )  # fmt: skip
    return list(connection.execute(query))


def _months_on(day: date, months: int) -> date:
    first = months_later(day.replace(day=1), months)
    last = (months_later(first, 1) - first).days
    return first.replace(day=min(day.day, last))
