"""Whether the office's own clock is wrong: what the tills say that know the time without it (decision 0024)."""

from collections.abc import Iterable
from statistics import median_low
from typing import NamedTuple

from office.outlets.fleet import DAY_MS, OLD_REPORT_MS, Device, Words


class OwnClock(NamedTuple):
    """How far the office's clock is ahead (ms; negative: behind), by how many of the tills that can tell, and how
    many tills, having nobody else to ask, go by it."""

    ahead: int
    said_by: int
    asked: int
    followed_by: int

    @property
    def words(self) -> Words:
        """What is wrong, and what to do."""
        days = round(abs(self.ahead) / DAY_MS)
        way_vi, way = ("nhanh", "ahead") if self.ahead > 0 else ("chậm", "behind")
        return (
            f"Đồng hồ của máy chủ văn phòng có lẽ sai: {self.said_by} trong {self.asked} quầy có đồng hồ chắc chắn "
            f"thấy nó {way_vi} {days} ngày; {self.followed_by} quầy đang theo giờ đó. Xem giờ và NTP của máy chủ.",
            f"The office's own clock is probably wrong: {self.said_by} of {self.asked} tills with a sure clock find it "
            f"{days} days {way}; {self.followed_by} tills go by it. See to the server's time and its NTP.",
        )


def doubted(fleet: Iterable[Device], now: int) -> OwnClock | None:
    """What is wrong with the office's clock, if most of those say so who can tell; `now` is by that clock, ms UTC.

    They are the tills whose clock is sure and not the office's; software of before does not say.
    """
    reports = [
        one.report
        for one in fleet
        if one.report and one.reported_at is not None and now - one.reported_at <= OLD_REPORT_MS
    ]
    asked = [report for report in reports if report.clock == "sure" and report.follows_office is False]
    off = [report.office_ahead for report in asked if report.office_ahead is not None]
    if 2 * len(off) <= len(asked):
        return None
    followed_by = sum(report.follows_office is True for report in reports)
    return OwnClock(median_low(off), len(off), len(asked), followed_by)
