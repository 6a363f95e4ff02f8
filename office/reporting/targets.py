"""The report of targets: what the programme aims at by the end of a year, and where it stands."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from office import schema
from office.reporting import recognitions, sales
from office.reporting.asked import Asked
from office.reporting.periods import Span, as_far, earlier, period
from office.reporting.report import Figure, Part, Report
from office.sheets import Column, Sheet, Typed


class Aim(NamedTuple):
    """A target (None: not set) and what is reached; shares are of one, not of a hundred."""

    name: str
    target: float | None
    reached: float | None
    type: str  # integer, percent

    @property
    def done(self) -> bool | None:
        """Whether it is reached."""
        return None if self.target is None or self.reached is None else self.reached >= self.target


def report(connection: Connection, asked: Asked) -> Report:
    """The year in which the asked period lies, up to today."""
    say, year = asked.say, asked.whole.first.year
    found = aims(connection, asked)
    figures = [Figure(aim.name, aim.reached, aim.type, _note(asked, aim)) for aim in found]
    title = say(f"Chỉ tiêu chương trình năm {year}", f"The programme's targets of {year}")
    return Report(f"chi-tieu-{year}", title, until(asked), figures, [part(asked, found)])


def part(asked: Asked, found: list[Aim]) -> Part:
    """Targets and what is reached, in words and figures."""
    say, year = asked.say, asked.whole.first.year
    title = say(f"Chỉ tiêu năm {year}", f"Targets of {year}")
    columns = [Column(say("Chỉ tiêu", "Target"), width=44), Column(say("Đặt ra", "Aim"), "right"),
               Column(say("Đã đạt", "Reached"), "right"), Column(say("Kết quả", "Result"), width=20)]  # fmt: skip
    rows = [
        (aim.name, Typed(aim.target, aim.type), Typed(aim.reached, aim.type), _note(asked, aim, short=True))
        for aim in found
    ]
    note = until(asked) + "." if any(aim.target is not None for aim in found) else say(
        "Chưa đặt chỉ tiêu cho năm này (trang Danh mục, Chỉ tiêu).", "No targets are set for this year (Registry, Targets)."
    )  # fmt: skip
    return Part(title, Sheet(title, columns, rows), (), note)


def until(asked: Asked) -> str:
    """Up to which day the figures go: today, of years that are over their last one."""
    day = asked.day(min(asked.today, date(asked.whole.first.year, 12, 31)))
    return asked.say(f"Tính đến {day}", f"Until {day}")


def are_set(connection: Connection, year: int) -> bool:
    """Whether there are targets of a year."""
    return _row(connection, year) is not None


def aims(connection: Connection, asked: Asked) -> list[Aim]:
    """The three targets of the year in which the asked period lies."""
    say, year = asked.say, asked.whole.first.year
    last = date(year, 12, 31)
    row: Any = _row(connection, year) or {}
    stars = recognitions.current(connection, min(asked.today, last))
    whole = period("year", last)
    span, before = as_far(whole, earlier("year", whole, "before"), asked.today)
    growth = _growth(connection, span, before)
    high = sum(count >= 4 for count in stars)

    def share(name: str) -> float | None:
        value = row.get(name)
        return None if value is None else value / 100

    return [
        Aim(say("Số sản phẩm được công nhận", "Recognised products"), row.get("recognised"), len(stars), "integer"),
        Aim(say("Tỷ lệ sản phẩm 4 và 5 sao", "Share of 4 and 5 stars"), share("high_share"),
            high / len(stars) if stars else None, "percent"),
        Aim(say("Tăng trưởng doanh thu so với cùng kỳ", "Growth of sales on the year before"), share("growth"), growth,
            "percent"),
    ]  # fmt: skip


def _row(connection: Connection, year: int) -> Any:
    return (
        connection.execute(select(schema.targets).where(schema.targets.c.year == str(year)))
        .mappings()
        .one_or_none()
    )


def _growth(connection: Connection, span: Span, before: Span) -> float | None:
    now, then = sales.amount(connection, span), sales.amount(connection, before)
    return (now - then) / then if then > 0 else None


def _note(asked: Asked, aim: Aim, short: bool = False) -> str:
    say = asked.say
    if aim.target is None:
        return say("chưa đặt chỉ tiêu", "no target set")
    told = asked.number(aim.target) if aim.type == "integer" else asked.percent(aim.target)
    if aim.done is None:
        result = say("chưa tính được", "cannot be told yet")
    else:
        result = say("đạt", "reached") if aim.done else say("chưa đạt", "not reached yet")
    return result if short else say(f"chỉ tiêu {told}: {result}", f"target {told}: {result}")
