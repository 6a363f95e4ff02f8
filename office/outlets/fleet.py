"""The fleet: how every device is, the one in the worst trouble first, and what to do about it.

What a device is comes from the registry, its journal and its own report (`office.outlets.health`); one that never
reports is judged by the rest.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from office.outlets import health
from office.outlets.health import Report
from office.schema import (
    alerts,
    brought_branches,
    catalogue_versions,
    decided_branches,
    devices,
    outlets,
    renewals,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MANY_WAITING = 500  # entries: more than an hour of a busy shop
LITTLE_DISK = 500_000_000  # bytes free
BEHIND_MS = 2 * HOUR_MS  # the publisher signs a new catalogue every hour
OLD_REPORT_MS = 2 * HOUR_MS
PROBLEM, CAUTION = "problem", "caution"
# Alerts about a device's journal that have no trouble of their own.
JOURNAL_ALERTS = ("damaged", "lost", "gap", "quarantined", "bad_checkpoint")
WELL = ("ok", "dark")  # states of readers that are well: a shop is dark at night

Words = tuple[str, str]
"""Vietnamese and English."""

# By code, the worst first: how grave, and in one sentence what to do.
TROUBLES: dict[str, tuple[str, Words]] = {
    "forked": (
        PROBLEM,
        (
            "Nhật ký tách nhánh: có thể thẻ nhớ đã bị sao chép. Gọi điểm bán, rồi xem cảnh báo.",
            "Its journal has two versions: the card may have been copied. Call the outlet, then see the alert.",
        ),
    ),
    "brought": (
        PROBLEM,
        (
            "Máy khác của điểm bán gửi các mục của thiết bị này mà văn phòng đã mất: xem nhánh rồi quyết định.",
            "Another till brought entries of it that the office has lost: look at the branch, then decide.",
        ),
    ),
    "to_agree": (
        PROBLEM,
        (
            "Thẻ nhớ được khôi phục từ bản sao: gọi điểm bán, rồi đồng ý hoặc thu hồi ở trang Điểm bán và thiết bị.",
            "Its card was restored from a copy: call the outlet, then agree or revoke on the page Outlets and devices.",
        ),
    ),
    "journal": (
        PROBLEM,
        (
            "Nhật ký có mục hỏng, thiếu hoặc sai dạng: mở cảnh báo của máy và làm theo.",
            "Its journal has entries that are damaged, missing or of no known form: open the device's alert, and do what it says.",
        ),
    ),
    "silent": (
        PROBLEM,
        (
            "Im lặng quá lâu: gọi điểm bán hỏi điện, mạng và máy có bật không.",
            "Silent for too long: call the outlet and ask about power, network, and whether it is on.",
        ),
    ),
    "disk": (
        PROBLEM,
        (
            "Thẻ nhớ sắp đầy: nhờ kỹ thuật dọn hoặc thay thẻ trước khi không ghi được đơn bán.",
            "The card is nearly full: have a technician clear or replace it before sales cannot be stored.",
        ),
    ),
    "printer": (
        PROBLEM,
        (
            "Máy in có sự cố: nhờ nhân viên xem giấy, dây và nguồn của máy in.",
            "The printer has a problem: ask the staff to look at its paper, cable and power.",
        ),
    ),
    "camera": (
        PROBLEM,
        (
            "Máy ảnh hoặc đầu đọc không chạy: nhờ nhân viên rút ra cắm lại.",
            "A camera or scanner does not work: ask the staff to unplug it and plug it in again.",
        ),
    ),
    "waiting": (
        PROBLEM,
        (
            "Nhiều mục chờ gửi: mạng của điểm bán chậm hoặc đứt; kiểm tra mạng.",
            "Many entries are waiting: the outlet's network is slow or breaks; check it.",
        ),
    ),
    "behind": (
        CAUTION,
        (
            "Chưa nhận bộ dữ liệu mới nhất dù đang liên lạc: nhờ nhân viên khởi động lại máy.",
            "It is in contact but has not taken the newest catalogue: ask the staff to restart it.",
        ),
    ),
    "quiet": (
        CAUTION,
        (
            "Hơn một ngày chưa liên lạc: nếu điểm bán vẫn mở cửa, hãy gọi hỏi mạng.",
            "No contact for over a day: if the outlet is open, call and ask about its network.",
        ),
    ),
    "never": (
        CAUTION,
        (
            "Đã ghi danh nhưng chưa gửi gì: kiểm tra dịch vụ trên máy đã chạy chưa.",
            "Enrolled, but has sent nothing yet: see whether its service runs.",
        ),
    ),
    "clock": (
        CAUTION,
        (
            "Đồng hồ chưa chắc đúng: sẽ tự chỉnh khi có mạng; nếu không, kiểm tra mạng và pin đồng hồ.",
            "Its clock is not sure: it sets itself with a network; else check network and clock battery.",
        ),
    ),
    "no_printer": (
        CAUTION,
        (
            "Chưa khai báo máy in: nếu điểm bán có máy in, khai báo trong outlet.toml.",
            "No printer is configured: if the outlet has one, name it in outlet.toml.",
        ),
    ),
    "version": (
        CAUTION,
        (
            "Phần mềm cũ hơn các máy khác: hẹn kỹ thuật cập nhật.",
            "Its software is older than the others': plan an update.",
        ),
    ),
    "no_report": (
        CAUTION,
        (
            "Không báo tình trạng (phần mềm cũ, hoặc báo cáo đã cũ): cập nhật phần mềm.",
            "It does not report how it is (old software, or an old report): update its software.",
        ),
    ),
}
_ORDER = {code: place for place, code in enumerate(TROUBLES)}


class Device(NamedTuple):
    """A device and how it is. Times are ms UTC; `troubles` are codes of TROUBLES, the worst first."""

    id: str
    outlet: str
    name: str
    phone: str
    state: str
    enrolled_at: int
    seen_at: int | None
    received_seq: int
    version: str
    catalogue: int | None
    catalogue_at: int | None
    newest_catalogue: int | None
    reported_at: int | None
    report: Report | None
    alert: int | None  # the open alert that it is silent
    troubles: list[str]
    place: int  # among all, the worst trouble first

    @property
    def level(self) -> str:
        """problem, caution or ok."""
        return TROUBLES[self.troubles[0]][0] if self.troubles else "ok"

    @property
    def waiting(self) -> int | None:
        """Entries that the office has not got, as far as the device told."""
        if self.report is None:
            return None
        return max(0, self.report.seq - self.received_seq)

    @property
    def newest_seq(self) -> int | None:
        """The number of its newest entry, as far as it is known."""
        return None if self.report is None else max(self.report.seq, self.received_seq)


def every(connection: Connection, now: int, silent_hours: int) -> list[Device]:
    """Every device in service, and those to decide on, the one in the worst trouble first."""
    rows = _rows(connection)
    newest = max((_numbers(row.version) for row in rows), default=())
    reports = health.reports(connection)
    waits = set(connection.execute(select(renewals.c.device).where(renewals.c.agreed_at.is_(None))).scalars())
    brought = set(connection.execute(_undecided()).scalars())
    ailing = _open_alerts(connection, JOURNAL_ALERTS)
    found = []
    for row in rows:
        at, report = reports.get(row.id, (None, None))
        troubles = sorted(
            {*_troubles(row, at, report, newest, row.id in waits, row.id in brought, now, silent_hours)}
            | ({"journal"} if row.id in ailing else set()),
            key=_ORDER.__getitem__,
        )
        found.append(Device._make([*row, at, report, None, troubles, 0]))
    silent = _open_alerts(connection, ("silent",))
    found.sort(key=lambda one: ([_ORDER[code] for code in one.troubles] or [len(_ORDER)], one.id))
    return [one._replace(alert=silent.get(one.id), place=place) for place, one in enumerate(found, 1)]


def chosen(fleet: list[Device], level: str, trouble: str, text: str) -> list[Device]:
    """Those at a level, with a trouble, and with `text` in their name or their outlet's; "" for any."""
    wanted = text.casefold()
    return [
        one
        for one in fleet
        if level in ("", one.level)
        and (not trouble or trouble in one.troubles)
        and (not wanted or wanted in f"{one.id} {one.outlet} {one.name}".casefold())
    ]


def as_json(one: Device) -> dict[str, Any]:
    """A device for programs."""
    report = one.report
    return {
        "device": one.id, "outlet": one.outlet, "state": one.state, "level": one.level,
        "troubles": one.troubles, "seen_at": one.seen_at, "received_seq": one.received_seq,
        "newest_seq": one.newest_seq, "waiting": one.waiting, "version": one.version,
        "catalogue": one.catalogue, "catalogue_at": one.catalogue_at,
        "newest_catalogue": one.newest_catalogue, "reported_at": one.reported_at,
        "clock": report.clock if report else None,
        "printer": report.printer.state if report else None,
        "readers": {name: part.state for name, part in report.readers.items()} if report else None,
        "disk_free": report.disk.free if report and report.disk else None,
        "disk_size": report.disk.size if report and report.disk else None,
    }  # fmt: skip


def _rows(connection: Connection) -> list[Any]:
    published = (
        select(catalogue_versions.c.outlet, func.max(catalogue_versions.c.version).label("version"))
        .group_by(catalogue_versions.c.outlet)
        .subquery()
    )
    followed = select(renewals.c.replaces).where(renewals.c.agreed_at.is_not(None))
    return list(
        connection.execute(
            select(
                devices.c.id, devices.c.outlet, outlets.c.name, outlets.c.phone, devices.c.state,
                devices.c.enrolled_at, devices.c.seen_at, devices.c.head_seq, devices.c.version,
                devices.c.catalogue, devices.c.catalogue_at, published.c.version.label("newest"),
            )
            .join_from(devices, outlets, outlets.c.code == devices.c.outlet)
            .join(published, published.c.outlet == devices.c.outlet, isouter=True)
            .where(
                or_(
                    and_(devices.c.state != "revoked", devices.c.id.not_in(followed)),
                    devices.c.id.in_(_undecided()),
                )
            )
        )
    )  # fmt: skip


def _undecided() -> Select[Any]:
    """The devices of which another till brought a branch that nobody has decided on."""
    mine, same = brought_branches, decided_branches.c.branch == brought_branches.c.branch
    same &= decided_branches.c.device == brought_branches.c.device
    return select(mine.c.device).where(~exists().where(same))


def _open_alerts(connection: Connection, kinds: tuple[str, ...]) -> dict[str, int]:
    """The newest open alert of these kinds, by device."""
    query = (
        select(alerts.c.device, alerts.c.id)
        .where(alerts.c.kind.in_(kinds), alerts.c.closed_at.is_(None))
        .order_by(alerts.c.id)
    )
    return {row.device: row.id for row in connection.execute(query)}


def _troubles(
    row: Any,
    reported_at: int | None,
    report: Report | None,
    newest: tuple[int, ...],
    waits: bool,
    brought: bool,
    now: int,
    silent_hours: int,
) -> Iterable[str]:
    if brought:
        yield "brought"
    if row.state == "revoked":
        return
    if row.state == "forked":
        yield "forked"
    if waits:
        yield "to_agree"
    quiet = now - (row.seen_at or row.enrolled_at)
    if quiet > silent_hours * HOUR_MS:
        yield "silent"
    elif row.seen_at is None:
        yield "never"
    elif quiet > DAY_MS:
        yield "quiet"
    in_contact = row.seen_at is not None and quiet <= HOUR_MS
    late = row.newest is not None and now - row.newest > BEHIND_MS
    if in_contact and late and (row.catalogue or 0) < row.newest:
        yield "behind"
    if row.version and _numbers(row.version) < newest:
        yield "version"
    if report is None or reported_at is None or (in_contact and now - reported_at > OLD_REPORT_MS):
        if row.seen_at is not None:
            yield "no_report"
        return
    if report.disk is not None and report.disk.free < LITTLE_DISK:
        yield "disk"
    if report.printer.state == "missing":
        yield "no_printer"
    elif report.printer.state != "ok":
        yield "printer"
    if any(part.state not in WELL for part in report.readers.values()):
        yield "camera"
    if report.clock != "sure":
        yield "clock"
    if report.seq - row.head_seq > MANY_WAITING:
        yield "waiting"


def _numbers(version: str) -> tuple[int, ...]:
    """A version to compare by: "0.10.2" is (0, 10, 2)."""
    return tuple(int(part) for part in version.split("+")[0].split(".") if part.isdigit())
