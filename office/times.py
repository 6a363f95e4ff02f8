"""Office time and the local calendar."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=7))  # Vietnam has no summer time


def now_ms() -> int:
    """This machine's time, ms UTC."""
    return time.time_ns() // 1_000_000


def local_date(at: int) -> date:
    """The calendar day in Vietnam at `at` (ms UTC)."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(LOCAL).date()
