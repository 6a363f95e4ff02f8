"""Log lines for machines are JSON, one a line; for people they are plain."""

import json
import logging
import subprocess
import sys

from config.logs import JsonFormatter


def formatted(**fields: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "kiosk.host", "levelname": "WARNING", "created": 1790000000.0, "msecs": 0.0, **fields}
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    read: dict[str, object] = json.loads(line)
    return read


def logged(style: str, level: str, script: str) -> list[str]:
    """Lines on stderr of a process that logs; nothing of it may go to stdout."""
    code = f"import logging\nfrom config import logs\nlogs.setup({style!r}, {level!r})\n"
    code += f"log = logging.getLogger('a.b')\n{script}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_a_line_has_time_level_name_and_message() -> None:
    assert formatted(msg="đã đọc %s", args=("tem",), msecs=7.9) == {
        "at": "2026-09-21T14:13:20.007Z",
        "level": "warning",
        "name": "kiosk.host",
        "message": "đã đọc tem",
    }


def test_the_fields_of_an_event_stand_beside_them() -> None:
    line = formatted(msg="sold", seq=4, reader="till-1", items=[1, 2])
    assert (line["seq"], line["reader"], line["items"]) == (4, "till-1", [1, 2])


def test_an_events_field_cannot_replace_time_or_level() -> None:
    line = formatted(msg="x", at="yesterday", level="none")
    assert line["at"] == "2026-09-21T14:13:20.000Z"
    assert line["level"] == "warning"


def test_line_breaks_and_what_json_does_not_know_stay_in_one_line() -> None:
    line = formatted(msg="one\ntwo", path=b"\xff", thing=object)
    assert line["message"] == "one\ntwo"
    assert isinstance(line["thing"], str)


def test_a_process_logs_json_lines_to_stderr() -> None:
    script = "log.debug('quiet')\nlog.info('đọc', extra={'n': 1})\n"
    script += "try: 1/0\nexcept Exception: log.exception('broke')"
    lines = [json.loads(line) for line in logged("json", "info", script)]
    assert [(line["level"], line["name"], line["message"]) for line in lines] == [
        ("info", "a.b", "đọc"),
        ("error", "a.b", "broke"),
    ]
    assert lines[0]["n"] == 1
    assert "ZeroDivisionError" in lines[1]["error"]


def test_a_process_logs_lines_for_people() -> None:
    (line,) = logged("human", "warning", "log.info('quiet')\nlog.warning('paper is low')")
    assert line.endswith("WARNING a.b: paper is low")


UNREADABLE = """
import asyncio
from aiohttp import web

async def talk():
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    writer.write(b"GET /" + b"x" * 9000 + b" HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
    await runner.cleanup()

asyncio.run(talk())
"""


def test_a_request_that_cannot_be_read_is_one_line() -> None:
    (line,) = logged("human", "info", UNREADABLE)
    assert line.endswith("WARNING aiohttp.server: a request that is no HTTP was refused (LineTooLong)")


def test_set_up_twice_logs_once() -> None:
    assert len(logged("json", "info", "logs.setup('json')\nlog.info('x')")) == 1
