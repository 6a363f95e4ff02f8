"""The reports that there are, by the names in their addresses."""

from collections.abc import Callable

from sqlalchemy import Connection

from office.reporting import monthly, recognitions, sales_report, scans, stamps, targets
from office.reporting.asked import Asked
from office.reporting.report import Report

REPORTS: dict[str, tuple[tuple[str, str], Callable[[Connection, Asked], Report]]] = {
    "sales": (("Doanh thu", "Sales"), sales_report.report),
    "scans": (("Lượt quét", "Scans"), scans.report),
    "stamps": (("Tem", "Stamps"), stamps.report),
    "recognitions": (("Công nhận", "Recognitions"), recognitions.report),
    "targets": (("Chỉ tiêu", "Targets"), targets.report),
    "monthly": (("Báo cáo gửi cấp trên", "Report to send up"), monthly.report),
}
