"""A slow line for real processes: a network namespace behind an IP link of so many bits a second, with delay, loss and cuts.

Two TUN devices, one here and one in the namespace; packets between them pass through this program, which is the line:
a queue of QUEUE bytes each way, a transmitter of `rate`, half the round trip, then perhaps the loss. TCP is the kernel's. Needs
root and /dev/net/tun.
"""

import contextlib
import fcntl
import heapq
import itertools
import json
import os
import random
import select
import struct
import subprocess
import sys
import time
from pathlib import Path

QUEUE = 32_000  # bytes that wait each way; more are dropped, as by a modem
HERE, THERE = "10.77.0.1", "10.77.0.2"
_TUNSETIFF, _TUN_NO_PI = 0x400454CA, 0x1001


def possible():
    """Why there can be no link here, or ""."""
    if os.getuid() != 0:
        return "a network namespace needs root"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    made = subprocess.run(["ip", "netns", "add", "ocop-try"], capture_output=True, check=False)
    if made.returncode:
        return f"no network namespaces: {made.stderr.decode().strip()}"
    subprocess.run(["ip", "netns", "del", "ocop-try"], check=True)
    return ""


class Link:
    """The line as a process of its own. `within(command)` runs a command at its far end."""

    def __init__(self):
        self.name = f"ocop-{os.getpid()}"
        _ip("netns", "add", self.name)
        try:
            self._process = subprocess.Popen(
                [sys.executable, __file__, self.name],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            self._process.stdout.readline()  # it is up
        except BaseException:
            _ip("netns", "del", self.name)
            raise

    def set(self, rate=0, round_trip=0.0, loss=0.0, cut=0.0, every=0.0):
        """Bits a second (0: no bound), seconds, share of packets lost; `cut`: seconds of nothing in `every` seconds.
        Counters begin anew.
        """
        self._ask(
            {"rate": rate, "delay": round_trip / 2, "loss": loss, "cut": cut, "every": every} | {"set": True}
        )

    def passed(self):
        """{"up": bytes, "down": bytes} of whole IP packets that arrived, "dropped": packets."""
        return self._ask({})

    def within(self, command):
        """The command as run at the far end."""
        return ["ip", "netns", "exec", self.name, *command]

    def close(self):
        """Take it away."""
        self._process.stdin.close()
        self._process.wait()
        _ip("netns", "del", self.name)

    def _ask(self, what):
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH", name.encode(), _TUN_NO_PI))
    return fd


def _up(name, address, *inside):
    for arguments in (("addr", "add", f"{address}/30", "dev", name), ("link", "set", name, "up")):
        _ip(*inside, *arguments)


def main(space):
    """Be the line until stdin ends."""
    number = space.rpartition("-")[2]
    near, far = f"ocn{number}", f"ocf{number}"
    ends = _tun(far), _tun(near)  # 0: up, from the outlet; 1: down
    _ip("link", "set", far, "netns", space)
    _up(near, HERE)
    _up(far, THERE, "-n", space)
    _ip("-n", space, "link", "set", "lo", "up")
    with contextlib.suppress(OSError):
        os.nice(-10)
    print("up", flush=True)
    line = {"rate": 0, "delay": 0.0, "loss": 0.0, "cut": 0.0, "every": 0.0}
    chance, order = random.Random(1), itertools.count()
    began, free, passed, under_way = time.monotonic(), [0.0, 0.0], [0, 0, 0], []
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        ready, _, _ = select.select([*ends, sys.stdin], [], [], wait)
        now = time.monotonic()
        if sys.stdin in ready:
            asked = sys.stdin.readline()
            if not asked:
                return
            wanted = json.loads(asked)
            if wanted.pop("set", False):
                line, began, passed = wanted, now, [0, 0, 0]
            print(json.dumps(dict(zip(("up", "down", "dropped"), passed, strict=True))), flush=True)
        for way in (0, 1):
            if ends[way] not in ready:
                continue
            packet = os.read(ends[way], 65536)
            rate = line["rate"]
            if rate and (free[way] - now) * rate / 8 > QUEUE:
                passed[2] += 1
                continue
            free[way] = max(now, free[way]) + (len(packet) * 8 / rate if rate else 0.0)
            heapq.heappush(under_way, (free[way] + line["delay"], next(order), way, packet))
        while under_way and under_way[0][0] <= now:
            _, _, way, packet = heapq.heappop(under_way)
            is_cut = line["every"] and (now - began) % line["every"] > line["every"] - line["cut"]
            if is_cut or chance.random() < line["loss"]:
                passed[2] += 1
                continue
            with contextlib.suppress(OSError):
                os.write(ends[1 - way], packet)
                passed[way] += len(packet)


if __name__ == "__main__":
    main(sys.argv[1])
