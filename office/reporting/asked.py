"""What a report is asked for, and how its language writes periods and figures."""

from datetime import date, datetime
from typing import Any, NamedTuple

from config.province import Province, province
from kiosk import calendar
from office.reporting.periods import Span, as_far, earlier, period
from office.sheets import Typed
from printer import money


class Asked(NamedTuple):
    """`before` holds as many days as `span` has had of `whole`; `outlet` "" is all of them."""

    lang: str
    unit: str
    by: str
    against: str
    outlet: str
    whole: Span
    span: Span
    before: Span
    today: date
    province: Province

    def say(self, vi: str, en: str) -> str:
        """Chooses the text of the language."""
        return en if self.lang == "en" else vi

    def dong(self, value: float) -> str:
        """Money: 185.000 ₫."""
        return money.dong(round(value))

    def number(self, value: float) -> str:
        """A whole number in groups of three."""
        return money.grouped(round(value)) if self.lang == "vi" else f"{round(value):,}"

    def percent(self, share: float | None) -> str:
        """A share as percent with a decimal; "–" where there is none."""
        if share is None:
            return "–"
        text = f"{100 * share:.1f} %"
        return text.replace(".", ",") if self.lang == "vi" else text

    def change(self, share: float | None) -> str:
        """Growth, with an arrow."""
        if share is None:
            return "–"
        return f"{'▲' if share > 0 else '▼' if share < 0 else ''} {self.percent(abs(share))}".strip()

    def short(self, value: float) -> str:
        """Money at an axis: 1,2 tỷ."""
        for size, vi, en in ((10**9, "tỷ", "bn"), (10**6, "tr", "m"), (10**3, "ng", "k")):
            if value >= size:
                text = f"{value / size:.4g}"
                return f"{text.replace('.', ',') if self.lang == 'vi' else text} {self.say(vi, en)}"
        return f"{value:g}"

    def day(self, day: date) -> str:
        """A day."""
        return (calendar.vietnamese if self.lang == "vi" else calendar.english)(day.isoformat())

    def days(self, span: Span) -> str:
        """From day to day."""
        return (
            self.day(span.first)
            if span.first == span.last
            else f"{self.day(span.first)} – {self.day(span.last)}"
        )

    def period(self, span: Span) -> tuple[str, str]:
        """A period of `unit`: short, and in full."""
        first = span.first
        quarter = (first.month + 2) // 3
        return {
            "day": (f"{first:%d/%m}", self.day(first)),
            "week": (f"{first:%d/%m}", self.say(f"Tuần {self.days(span)}", f"Week {self.days(span)}")),
            "month": (f"{first:%m/%y}", self.say(f"Tháng {first.month}/{first.year}", f"{first:%m/%Y}")),
            "quarter": (f"Q{quarter}/{first:%y}", self.say(f"Quý {quarter}/{first.year}", f"Q{quarter} {first.year}")),
            "year": (f"{first.year}", self.say(f"Năm {first.year}", f"{first.year}")),
        }[self.unit]  # fmt: skip

    def told(self) -> str:
        """Which time, against which."""
        text = f"{self.period(self.whole)[1]}"
        if self.span != self.whole:
            text += self.say(f" (đến {self.day(self.span.last)})", f" (until {self.day(self.span.last)})")
        text += self.say(f"; so với {self.days(self.before)}", f"; against {self.days(self.before)}")
        return text

    def written(self, value: Any, type_: str) -> str:
        """A cell or a figure as people read it."""
        if isinstance(value, Typed):
            value, type_ = value
        if value is None:
            return "–"
        if isinstance(value, date) and not isinstance(value, datetime):
            return self.day(value)
        if isinstance(value, str):
            return value
        if type_ == "money":
            return self.dong(value)
        if type_ in ("percent", "change"):
            return self.change(value) if type_ == "change" else self.percent(value)
        if type_ == "ratio":
            text = f"{value:.1f}"
            return text.replace(".", ",") if self.lang == "vi" else text
        return self.number(value)


OLDEST = date(2018, 1, 1)  # the programme began in that year


def asking(
    lang: str,
    today: date,
    day: date,
    unit: str,
    by: str = "outlet",
    against: str = "before",
    outlet: str = "",
    home: Province | None = None,
) -> Asked:
    """The question about the period in which `day` lies, which is put between the programme's beginning and today.

    `home` is the province of the map, Hà Tĩnh unless told.
    """
    whole = period(unit, min(max(day, OLDEST), today))
    before = earlier(unit, whole, against)
    return Asked(
        lang, unit, by, against, outlet, whole, *as_far(whole, before, today), today, home or province()
    )
