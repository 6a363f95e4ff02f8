"""What printers say about themselves, as sentences for people ("tiếng Việt / English").

ESC/POS: DLE EOT, GS r, GS I, GS ( H, GS ( L and automatic status (ASB), told apart by their fixed bits (Epson's
command reference, "Identifying transmitted status"). TSPL: ESC ! ? (TSC's manual). ZPL: ~HS (Zebra's guide).
"""

from typing import NamedTuple

COVER = "Nắp máy in đang mở: hãy đóng nắp. / The printer's cover is open: close it."
PAPER = "Hết giấy: hãy thay cuộn mới. / Out of paper: put a roll in."
NEARLY = "Giấy sắp hết: chuẩn bị cuộn mới. / Paper is nearly out: have a roll ready."
CUTTER = "Dao cắt bị kẹt: tắt máy in, gỡ giấy rồi bật lại. / The cutter is stuck: switch off, free the paper, switch on."
ERROR = "Máy in báo lỗi: tắt rồi bật lại. / The printer reports an error: switch it off and on."
PAUSED = "Máy in đang tạm dừng: bấm nút trên máy in. / The printer is paused: press its button."
RIBBON = "Hết ruy băng mực: hãy thay. / Out of ribbon: put one in."
JAM = "Kẹt giấy: mở nắp và gỡ giấy. / Paper is jammed: open the cover and free it."
SILENT = (
    "Máy in không trả lời: xem công tắc, dây cắm và nắp máy. "
    "/ The printer does not answer: check its switch, cable and cover."
)
LOOK = "Hãy xem phiếu đã ra đủ chưa. / Look whether it came out whole."


def both(first: str, second: str) -> str:
    """Two sentences after each other, in either language."""
    vi, en = [half.split(" / ", 1) for half in (first, second)]
    return f"{vi[0]} {en[0]} / {vi[-1]} {en[-1]}"


class Condition(NamedTuple):
    """How a printer is: why it cannot print, what else is worth telling, whether it still works."""

    trouble: str = ""
    remark: str = ""
    busy: bool = False


def escpos(answers: dict[int, int]) -> Condition:
    """From the answers to DLE EOT, by their number; 1 to 4, as many as there are."""
    state, offline, error, paper = [answers.get(number, 0) for number in (1, 2, 3, 4)]
    return _receipt_printer(
        cover=offline & 0x04,
        paper=paper & 0x60 or offline & 0x20,
        cutter=error & 0x08,
        error=error & 0x60 or offline & 0x40,
        button=(state | offline) & 0x08,
        nearly=paper & 0x0C,
    )


def automatic(report: bytes) -> Condition:
    """From the four bytes of an automatic status (ASB)."""
    first, second, third, _ = report
    return _receipt_printer(
        cover=first & 0x20,
        paper=third & 0x0C,
        cutter=second & 0x08,
        error=second & 0x60,
        button=first & 0x08,
        nearly=third & 0x03,
    )


def _receipt_printer(cover: int, paper: int, cutter: int, error: int, button: int, nearly: int) -> Condition:
    reasons = ((cover, COVER), (paper, PAPER), (cutter, CUTTER), (error, ERROR), (button, PAUSED))
    trouble = next((sentence for flag, sentence in reasons if flag), "")
    return Condition(trouble, NEARLY if nearly else "")


def tspl(answer: int) -> Condition:
    """From the byte that ESC ! ? brings."""
    reasons = ((0x01, COVER), (0x02, JAM), (0x04, PAPER), (0x08, RIBBON), (0x10, PAUSED), (0x80, ERROR))
    trouble = next((sentence for flag, sentence in reasons if answer & flag), "")
    return Condition(trouble, busy=bool(answer & 0x20))


def zpl(text: bytes) -> Condition | None:
    """From the three lines that ~HS brings, each between STX and ETX; None when they are not there yet."""
    lines = [
        line.partition(b"\x03")[0].decode("ascii", "replace").split(",") for line in text.split(b"\x02")[1:]
    ]
    if text.count(b"\x03") < 3 or len(lines) < 3 or len(lines[0]) < 12 or len(lines[1]) < 11:
        return None
    first, second = lines[0], lines[1]
    reasons = ((second[2], COVER), (first[1], PAPER), (second[3], RIBBON), (first[2], PAUSED))
    trouble = next((sentence for flag, sentence in reasons if flag == "1"), "")
    return Condition(trouble, busy=any(number.strip("0") for number in (first[4], second[8])))


class Replies:
    """Sorts the bytes that an ESC/POS printer sends."""

    def __init__(self) -> None:
        self._rest = b""
        self.realtime: list[int] = []  # answers to DLE EOT, in the order of the questions
        self.paper: list[int] = []  # answers to GS r
        self.texts: list[bytes] = []  # answers to GS I
        self.processes: list[bytes] = []  # answers to GS ( H: what is printed
        self.lists: list[bytes] = []  # answers to GS ( L: a status, then the names of downloaded graphics
        self.report: bytes = b""  # the newest automatic status

    def take(self, data: bytes) -> None:
        """More bytes have come."""
        self._rest += data
        while self._rest:
            size = self._first()
            if not size:
                break
            self._rest = self._rest[size:]

    def _first(self) -> int:
        """Sort what comes first. Returns its size, 0 when its end is not there yet."""
        rest, first = self._rest, self._rest[0]
        if first in (0x5F, 0x37):
            end = rest.find(b"\x00", 1)
            if end < 0:
                return 0 if len(rest) < 100 else 1  # no text of a printer's is as long
            if first == 0x5F:
                self.texts.append(rest[1:end])
            elif rest[1:2] == b"\x22":
                self.processes.append(rest[2:end])
            elif rest[1:2] == b"\x73":
                self.lists.append(rest[2:end])
            return end + 1
        if first & 0x93 == 0x12:
            self.realtime.append(first)
        elif first & 0x93 == 0x10:
            if len(rest) < 4:
                return 0
            if any(byte & 0x90 for byte in rest[1:4]):
                return 1
            self.report = rest[:4]
            return 4
        elif not first & 0x90:
            self.paper.append(first)
        return 1  # anything else is flow control, or noise
