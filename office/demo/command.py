"""`ocop demo`: the office and two outlets on sample data, with a virtual camera and printer."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from config.exits import FAILED, OK, CommandError

DEFAULT_PORT = 8420


def main(argv: list[str]) -> int:
    """Run the demo live until Ctrl-C, or with --once through its seven steps."""
    parser = argparse.ArgumentParser(
        prog="ocop demo",
        description="The office and two outlets on sample data (dữ liệu minh hoạ), virtual camera and printer.",
    )
    parser.add_argument("--port", type=int, metavar="N", help=f"first of five ports (default {DEFAULT_PORT})")
    parser.add_argument(
        "--data", type=Path, default=Path("demo-data"), metavar="DIR", help="folder, made anew each time"
    )
    parser.add_argument("--once", action="store_true", help="run the story through and exit")
    parser.add_argument("--json", action="store_true", help="one JSON object a step")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--photo", type=Path, metavar="FILE", help="show the kiosk your own photograph")
    source.add_argument("--camera", metavar="N", help="use a real camera for the shopper (live only)")
    args = parser.parse_args(argv)
    if args.camera is not None and args.once:
        raise CommandError(
            "--camera is for the live demo; --once needs its own pictures.",
            vi="--camera chỉ dùng cho bản chạy trực tiếp; --once cần ảnh của chính nó.",
        )
    if args.photo is not None and not args.photo.is_file():
        raise CommandError(
            f"{args.photo}: there is no such photograph.", FAILED, vi=f"{args.photo}: không có ảnh này."
        )
    try:
        return asyncio.run(_run(args))
    except KeyboardInterrupt:
        return OK


async def _run(args: argparse.Namespace) -> int:
    from office.demo.browser import Browser
    from office.demo.live import play
    from office.demo.stage import Stage, free_ports
    from office.demo.story import Story

    folder = args.data.resolve()
    if args.port is not None or not args.once:
        first = DEFAULT_PORT if args.port is None else args.port
        ports = list(range(first, first + 5))
    else:
        ports = free_ports(5)
    stage = Stage(folder, ports, args.camera)
    stage.prepare()
    story = Story(stage, _say_json if args.json else _say, args.photo)
    try:
        await story.open_office()
        await story.open_outlets()
        if not args.once:
            return await play(stage, story, _stopped(), args.json)
        async with Browser(stage.pictures) as browser:
            await story.look(browser)
            sold = await story.sell(browser)
            await story.sync(browser, sold)
            await story.troubles()
    finally:
        await stage.stop()
    if not args.json:
        print(f"\nXong. Ảnh ở / pictures in: {stage.pictures}")
    return OK


def _stopped() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def _say_json(step: dict[str, Any]) -> None:
    print(json.dumps(step, ensure_ascii=False), flush=True)


def _say(step: dict[str, Any]) -> None:
    title = step.pop("title")
    print(f"\n{step.pop('step')}. {title['vi']}\n   {title['en']}")
    for name, value in step.items():
        if value is None:
            continue
        if isinstance(value, list):
            for item in value:
                print(f"     {name}: {_plain(item)}")
        else:
            print(f"     {name}: {_plain(value)}")
    sys.stdout.flush()


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return str(value)
