"""The demo's stage: an office and two outlets as real processes, each with its own files and port."""

import asyncio
import shutil
import socket
import sys
from pathlib import Path

import aiohttp

from config.exits import FAILED, CommandError

MARK = "made-by-ocop-demo"  # a folder with this file is ours to empty
PIN, SUPERVISOR_PIN = "246810", "135790"
START_SECONDS = 60.0

OFFICE = """\
data = "office"
[http]
port = {port}
[publish]
sold_everywhere_seconds = 2  # the story does not wait for a minute
"""

OUTLET = """\
# Written by `ocop demo`.
data = "{code}"
[shop]
name = "{name}"
address = "{address}"
[bank]
bin = "970403"
account = "0011012345678"
name = "Ngân hàng mẫu"
holder = "TAI KHOAN MINH HOA"
[shopper]
port = {shopper}
[staff]
port = {staff}
[printer]
device = "virtual:{printer}"
profile = "virtual"
columns = 48
[office]
url = "http://127.0.0.1:{office}"
[[reader]]
name = "shopper-camera"
kind = "{kind}"
device = "{device}"
place = "shopper"
purpose = "look"
[[reader]]
name = "till-camera"
kind = "folder"
device = "{till}"
place = "till"
purpose = "sell"
"""


class Outlet:
    """One outlet on the stage: its files, folders and addresses."""

    def __init__(self, folder: Path, code: str, name: str, address: str, shopper: int, staff: int) -> None:
        self.code, self.name, self.address = code, name, address
        self.config = folder / f"{code}.toml"
        self.shopper_camera = folder / f"{code}-shopper-camera"
        self.till_camera = folder / f"{code}-till-camera"
        self.paper = folder / f"{code}-printer"
        self.shopper_port, self.staff_port = shopper, staff
        self.shopper = f"http://127.0.0.1:{shopper}"
        self.staff = f"http://127.0.0.1:{staff}"


class Stage:
    """Starts and stops the processes. Everything it writes is under `folder`."""

    def __init__(self, folder: Path, ports: list[int], camera: str | None = None) -> None:
        """`ports` are five: office, then shopper and staff of each outlet. `camera`: a real camera's number."""
        self.folder = folder
        self.pictures = folder / "pictures"
        self.office_config = folder / "office.toml"
        self.office = f"http://127.0.0.1:{ports[0]}"
        self.outlets = [
            Outlet(
                folder, "HT01", "Cửa hàng OCOP Thành phố Hà Tĩnh", "Thành phố Hà Tĩnh", ports[1], ports[2]
            ),
            Outlet(folder, "HT02", "Điểm bán OCOP Kỳ Anh", "Thị xã Kỳ Anh", ports[3], ports[4]),
        ]
        self._ports = ports
        self._camera = camera
        self._processes: list[asyncio.subprocess.Process] = []
        self._session: aiohttp.ClientSession | None = None

    def prepare(self) -> None:
        """Empty the folder (only if an earlier demo made it) and write the configuration files.

        Raises CommandError when the folder holds something else, or a port is in use: by another demo, perhaps, whose
        answers would pass for ours.
        """
        for port in self._ports:
            if _taken(port):
                raise CommandError(
                    f"port {port} is in use; stop the other demo, or give --port N.",
                    FAILED,
                    vi=f"cổng {port} đang được dùng; dừng bản demo kia, hoặc thêm --port N.",
                )
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise CommandError(
                f"{self.folder}: is not empty and no demo made it; give another folder with --data.",
                vi=f"{self.folder}: không trống và không do bản demo tạo; chọn thư mục khác bằng --data.",
            )
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            for path in (self.pictures, self.folder / "logs"):
                path.mkdir(parents=True)
            (self.folder / MARK).touch()
        except OSError as error:
            raise CommandError(
                f"{self.folder}: cannot be written ({error.strerror}).",
                FAILED,
                vi=f"{self.folder}: không ghi được ({error.strerror}).",
            ) from error
        self.office_config.write_text(OFFICE.format(port=self._ports[0]), encoding="utf-8")
        for outlet in self.outlets:
            for path in (outlet.shopper_camera, outlet.till_camera):
                path.mkdir()
            real = self._camera is not None and outlet is self.outlets[0]
            text = OUTLET.format(
                code=outlet.code,
                name=outlet.name,
                address=outlet.address,
                shopper=outlet.shopper_port,
                staff=outlet.staff_port,
                printer=outlet.paper,
                office=self._ports[0],
                kind="camera" if real else "folder",
                device=self._camera if real else outlet.shopper_camera,
                till=outlet.till_camera,
            )
            outlet.config.write_text(text, encoding="utf-8")

    async def start(self, name: str, *arguments: str, answers: str) -> None:
        """Start `ocop ARGUMENTS` and wait until `answers` (a URL) does. Raises CommandError."""
        with (self.folder / "logs" / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "config",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers(answers):
                    if process.returncode is not None:
                        raise CommandError(
                            f"{name} did not start: {self._last_line(name)}",
                            FAILED,
                            vi=f"{name} không khởi động được",
                        )
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise CommandError(
                f"{name} did not answer in time: {self._last_line(name)}",
                FAILED,
                vi=f"{name} không trả lời kịp",
            ) from error

    async def run(self, *arguments: str, stdin: str = "") -> str:
        """Run one `ocop` command to its end; its output. Raises CommandError when it fails."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "config",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        if process.returncode != 0:
            raise CommandError(
                f"`ocop {' '.join(arguments[:2])}` failed: {err.decode().strip()}",
                FAILED,
                vi=f"`ocop {' '.join(arguments[:2])}` không chạy được",
            )
        return out.decode()

    async def stop(self) -> None:
        """End every process, the newest first."""
        for process in reversed(self._processes):
            if process.returncode is None:
                process.terminate()
        for process in self._processes:
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _answers(self, url: str) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(url) as answer,
            ):
                return answer.status < 500
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _last_line(self, name: str) -> str:
        lines = (self.folder / "logs" / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it wrote nothing."


def _taken(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just left is free
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses right now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
