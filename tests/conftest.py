"""A receipt printer by script: real bytes over a real socket or a real pty, with faults on demand."""

import contextlib
import math
import os
import pty
import re
import select
import socket
import struct
import threading
import tty

import hypothesis
import pytest
from playwright.async_api import expect

# A loaded machine is slow, not wrong.
expect.set_options(timeout=60_000)
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

QUESTIONS = (b"\x1dr\x01", b"\x1dI\x42", b"\x1d(H\x06\x0000", b"\x1d(L\x04\x000PKC")


class FakePrinter:
    """Keeps what it received (`waiting`) until it can print it (`paper`), as printers do.

    `paper_out`, `cover_open`, `near_end`   what its sensors say; without paper or with an open cover it stops
    `answers`    whether it answers real-time questions; `proof`: "process", "paper" or None
    `maker`      what it answers to GS I 66, None: nothing
    `stops_at`   after so many bytes of jobs it stops for the reason `stops_by`: "reset" (the connection is
                 reset), "hang" (the cable is pulled: silence), "paper" (out of paper)
    `reads`      False: it takes no byte at all; `slowly`: bytes it takes at a time
    `later`      True: it takes jobs and prints them once that is False
    `lists`      whether it lists the graphics that were downloaded to it (GS ( L), after which it waits for ACK

    `stops_by` "power" switches it off and on at that byte: it forgets letters and graphics, and goes on.
    """

    def __init__(self):
        self.paper_out = self.cover_open = self.near_end = self.later = self.gone = False
        self.answers, self.proof, self.maker = True, "paper", None
        self.stops_at, self.stops_by, self.reads, self.slowly = None, "reset", True, 4096
        self.lists, self.waits_for_ack, self.unheard = False, False, b""
        self.starts = [0]  # where in `paper` it was switched on
        self.taken = 0  # bytes of jobs
        self.questions = b""  # what it was asked in real time
        self.waiting, self.paper = bytearray(), bytearray()
        self._head = b""  # of a real-time question
        self._end, self._changed = os.pipe()
        self._inside = threading.Lock()  # its thread prints, and so does whoever puts paper in
        self.name = self._thread = None

    # Its two kinds of line

    def over_tcp(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.name = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        self._start(self._serve, server)
        return self

    def over_pty(self):
        master, slave = pty.openpty()
        tty.setraw(slave)
        self.name = f"serial:{os.ttyname(slave)}?baud=115200"
        self._start(self._converse, master, lambda data: os.write(master, data), (master, slave))
        return self

    def _start(self, work, *arguments):
        self._thread = threading.Thread(target=work, args=arguments)
        self._thread.start()

    def stop(self):
        """Its line closes, once."""
        if self._thread is None:
            return
        os.write(self._changed, b"x")
        self._thread.join(10)
        self._thread = None
        os.close(self._end)
        os.close(self._changed)

    def wake(self):
        """Look at its sensors again."""
        with self._inside:
            self._print(lambda data: None)

    def _serve(self, server):
        with server:
            while self._ready(server):
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    if not self.gone:
                        self._converse(connection.fileno(), connection.sendall)
                        if self.gone and self.stops_by == "hang":
                            self._ready(server)  # the connection stays open, and silent, until it is back
                    if self.gone and self.stops_by == "reset":
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _ready(self, line):
        """Whether there is something to read; False when the printer is stopped."""
        while True:
            # While it reads nothing, or hangs, only its own end is looked for.
            deaf = not self.reads or (self.gone and self.stops_by == "hang")
            ready, _, _ = select.select(
                [self._end] + ([] if deaf else [line]), [], [], 0.02 if deaf else None
            )
            if self._end in ready:
                return False
            if ready:
                return True

    def _converse(self, line, send, close=()):
        while self._ready(line):
            data = os.read(line, self.slowly)
            if not data:
                break
            with self._inside:
                for byte in data:
                    self._take(bytes((byte,)), send)
                    if self.gone:
                        break
                self._print(send)
            if self.gone and (self.stops_by == "reset" or not close):
                break  # what is still on its way over a network is lost with its connection
        for descriptor in close:
            os.close(descriptor)

    # Its inside

    def cycle(self):
        """Off and on: what it received and has not printed is lost, and all that it was taught."""
        self.waiting.clear()
        self._head = b""
        self.waits_for_ack = False
        self.starts.append(len(self.paper))

    def _take(self, byte, send):
        if self.waits_for_ack and byte not in b"\x10\x04" and not self._head:
            self.unheard += byte.replace(b"\x06", b"")  # what is no answer is lost
            self.waits_for_ack = False
            return
        self._head += byte
        if self._head in (b"\x10", b"\x10\x04"):
            return
        if self._head[:2] == b"\x10\x04" and self._head[2] in b"\x01\x02\x03\x04":
            self.questions += self._head[2:]
            if self.answers:
                send(bytes((self._status(self._head[2]),)))
            self._head = b""
            return
        for one in self._head:
            self.waiting.append(one)
            self.taken += 1
            if self.taken == self.stops_at and self.stops_by == "power":
                self._print(send)
                self.cycle()
            elif self.taken == self.stops_at:
                self.paper_out = self.paper_out or self.stops_by == "paper"
                self.gone = self.stops_by != "paper"
        self._head = b""

    def _status(self, number):
        out, opened = self.paper_out, self.cover_open
        offline = 0x08 if out or opened else 0
        return 0x12 | {
            1: offline,
            2: (0x04 if opened else 0) | (0x20 if out else 0),
            3: 0,
            4: (0x0C if self.near_end or out else 0) | (0x60 if out else 0),
        }.get(number, 0)

    def _print(self, send):
        if self.paper_out and self.stops_by == "paper" and self.stops_at is not None:
            # What came before the paper's end is on it.
            count = max(0, len(self.waiting) - max(0, self.taken - self.stops_at))
            self.paper += self.waiting[:count]
            del self.waiting[:count]
            return
        if self.later or self.paper_out or self.cover_open:
            return
        while self.waiting:
            at = min((found for mark in QUESTIONS if (found := self.waiting.find(mark)) >= 0), default=-1)
            part = at if at >= 0 else len(self.waiting)
            self.paper += self.waiting[:part]
            del self.waiting[:part]
            if at < 0:
                break
            if self.waiting.startswith(QUESTIONS[0]):
                size, answer = 3, bytes((0x03 if self.near_end else 0x00,)) if self.proof == "paper" else b""
            elif self.waiting.startswith(QUESTIONS[1]):
                size, answer = 3, b"\x5f" + self.maker + b"\x00" if self.maker else b""
            elif self.waiting.startswith(QUESTIONS[3]):
                size, answer = len(QUESTIONS[3]), b""
                if self.lists:
                    from printer.host import virtual  # it loads Pillow

                    names = virtual.read(bytes(self.paper[self.starts[-1] :])).graphics
                    answer, self.waits_for_ack = b"\x37\x73\x40" + "".join(names).encode() + b"\x00", True
            elif len(self.waiting) >= 11:
                mark = bytes(self.waiting[7:11])
                size, answer = 11, b"\x37\x22" + mark + b"\x00" if self.proof == "process" else b""
            else:
                break
            del self.waiting[:size]
            if answer and not self.gone:
                with contextlib.suppress(OSError):  # whoever asked has gone
                    send(answer)
        # A question at the very end may still be coming in: it stays until it is whole.
        for mark in QUESTIONS:
            for size in range(len(mark) - 1, 0, -1):
                if self.paper.endswith(mark[:size]) and not self.waiting:
                    self.waiting[:0] = self.paper[-size:]
                    del self.paper[-size:]

    def back(self):
        """The cable is in again, or paper: it goes on from where it was."""
        lost = self.gone and self.stops_by == "reset" and self.name.startswith("serial:")
        self.paper_out = self.cover_open = self.later = self.gone = False
        self.stops_at = None
        if lost:  # plugged in again, it comes back under another name
            self._thread.join(10)
            self.over_pty()
        self.wake()


class FakeLabelPrinter(FakePrinter):
    """A label printer: TSPL with ESC ! ?, or ZPL with ~HS; `labels` are the commands of each one that it printed.

    While it prints, a label for every question, it says that it is busy.
    `paused`      by its button; `few`: so many labels until its roll ends
    """

    def __init__(self, language="tspl"):
        super().__init__()
        self.language, self.paused, self.few = language, False, None
        self.labels, self._queue, self._content = [], [], []

    def _take(self, byte, send):
        question = b"\x1b!?" if self.language == "tspl" else b"~HS"
        self._head += byte
        if question.startswith(self._head) and self._head != question:
            return
        if self._head == question:
            self._print(send)
            if self.answers:
                send(self._condition())
            if not self._stopped() and self._queue:
                self._feed()
            self._head = b""
            return
        self.taken += len(self._head)
        self.waiting += self._head
        self._head = b""
        if self.stops_at is not None and self.taken >= self.stops_at and not self.gone:
            self.paper_out = self.paper_out or self.stops_by == "paper"
            self.gone = self.stops_by != "paper"

    def _stopped(self):
        return self.paper_out or self.cover_open or self.paused or self.gone

    def _condition(self):
        if self.language == "tspl":
            busy = bool(self._queue) and not self._stopped()
            flags = (self.cover_open, 1), (self.paper_out, 4), (self.paused, 16), (busy, 32)
            return bytes((sum(value for flag, value in flags if flag),))
        pause = self.paused or self.paper_out or self.cover_open  # a Zebra that stops is paused too
        first = f"030,{self.paper_out:d},{pause:d},0245,{bool(self.waiting):03d},0,0,0,000,0,0,0"
        second = f"000,0,{self.cover_open:d},0,0,2,4,0,{len(self._queue):08d},1,000"
        return b"".join(b"\x02" + text.encode() + b"\x03\r\n" for text in (first, second, "1234,0"))

    def _feed(self):
        self.labels.append(self._queue.pop(0))
        if self.few is not None:
            self.few -= 1
            self.paper_out = self.few <= 0

    def _print(self, send):
        if self.later:
            return
        step = self._tspl if self.language == "tspl" else self._zpl
        while self.waiting and (size := step(bytes(self.waiting))):
            del self.waiting[:size]
        while self._queue and not self.answers and not self._stopped():
            self._feed()

    def _tspl(self, data):
        """Carry out one command; its size, 0 when it is not whole yet."""
        if data[0] in b"\r\n\0":
            return 1
        size = data.find(b"\r\n")
        head = re.match(rb"BITMAP \d+,\d+,(\d+),(\d+),\d,", data)
        if head is not None:
            size = head.end() + int(head[1]) * int(head[2])
        if not 0 <= size <= len(data):
            return 0
        name, _, rest = data[:size].partition(b" ")
        if name == b"CLS":
            self._content = []
        elif name == b"PRINT":
            times = [int(number or 0) for number in rest.strip(b"\0").split(b",")]
            self._queue += [b"\r\n".join(self._content)] * math.prod(times)
        else:
            self._content.append(data[:size])
        return size

    def _zpl(self, data):
        if data.startswith((b"~JA", b"~J", b"~")):
            if data.startswith(b"~JA"):
                self._queue, self._content = [], []
            return 3 if len(data) >= 3 else 0
        drop = data.rfind(b"~JA")
        if drop >= 0:  # obeyed at once, whatever is open
            return drop
        end = data.find(b"^XZ")
        if end < 0:
            return 0
        start = data.rfind(b"^XA", 0, end)
        text, _, times = data[start + 3 : end].partition(b"^PQ")
        if start >= 0:
            self._queue += [text] * int(times or 1)
        return end + 3

    def back(self):
        self.paused, self.few = False, None
        super().back()
        while self._queue:  # before anybody looks at the roll
            self._feed()


@pytest.fixture
def fake_printers():
    """Makes printers by script: `fake_printers("tcp", paper_out=True)`."""
    made = []

    def make(line, language="escpos", **settings):
        printer = FakePrinter() if language == "escpos" else FakeLabelPrinter(language)
        for name, value in settings.items():
            assert hasattr(printer, name), name
            setattr(printer, name, value)
        made.append(printer)
        return printer.over_tcp() if line == "tcp" else printer.over_pty()

    yield make
    for printer in made:
        printer.stop()
