"""`ocop scan` and `ocop parse`. OpenCV and the decoders load only for what needs them."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from config.exits import FAILED, OK, CommandError
from scanner import codes
from scanner.host import readers
from scanner.host.sources import DeviceError

LONGEST_LINE: Final = 1 << 20  # bytes of one line on stdin


def scan(argv: list[str]) -> int:
    """`ocop scan`: one line a picture, or one line a read from a device until interrupted.

    FAILED if no picture could be opened, or a device is not there or goes away.
    """
    parser = argparse.ArgumentParser(
        prog="ocop scan",
        description="Read the codes in pictures, or stream them from a camera or serial scanner.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="pictures (PNG, JPEG, ...)")
    parser.add_argument(
        "--camera", metavar="N", help="stream from this camera: a number, or a path such as /dev/video0"
    )
    parser.add_argument(
        "--serial", metavar="DEV", help="stream from this serial scanner, such as /dev/ttyACM0"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    arguments = parser.parse_args(argv)
    given = [bool(arguments.files), arguments.camera is not None, arguments.serial is not None]
    if sum(given) != 1:
        parser.error("give either picture files, or --camera N, or --serial DEV")
    if arguments.files:
        return _scan_files(arguments.files, arguments.json)
    kind = "camera" if arguments.camera is not None else "serial"
    return _stream(readers.Reader(kind, kind, arguments.camera or arguments.serial), arguments.json)


def parse(argv: list[str]) -> int:
    """`ocop parse`: one line a text, given as arguments or as lines on stdin."""
    parser = argparse.ArgumentParser(
        prog="ocop parse",
        description="Say what scanned texts are: stamps, GS1 codes, retail codes or just text.",
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="texts; without any, the lines of stdin")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    arguments = parser.parse_args(argv)
    for text in arguments.texts or _lines():
        answer = _parsed(text)
        print(json.dumps(answer) if arguments.json else _for_people(answer))
    return OK


def _lines() -> Iterator[str]:
    """Lines of stdin, ended by LF or CR LF only: FNC1, like other characters, is part of a line."""
    while line := sys.stdin.buffer.readline(LONGEST_LINE):
        yield line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _parsed(text: str) -> dict[str, Any]:
    try:
        code = codes.parse(text)
    except codes.CodeError as error:
        return {"text": text, "error": str(error)}
    return {"text": text, "kind": code.kind, "elements": code.elements}


def _for_people(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{_visible(answer['text'])}\n  wrong: {_visible(answer['error'])}"
    values = "".join(f"\n  ({ai}) {_visible(value)}" for ai, value in answer["elements"])
    return f"{_visible(answer['text'])}\n  {answer['kind']}{values}"


def _visible(text: str) -> str:
    """The text for a terminal: what cannot be shown, or would steer the terminal, as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _scan_files(files: list[str], as_json: bool) -> int:
    from scanner.host import decoder, vision

    opened = 0
    for name in files:
        answer: dict[str, Any] = {"file": name}
        try:
            picture = vision.load(Path(name))
            opened += 1
            answer["results"] = decoder.read(picture)
        except vision.PictureError as error:
            answer |= {"error": f"{name} {error}", "results": []}
        except (OSError, ValueError) as error:  # ValueError: a name with a null character
            reason = getattr(error, "strerror", None) or error
            answer |= {"error": f"{name} cannot be opened ({reason}).", "results": []}
        _print_scanned(answer, as_json)
    return OK if opened else FAILED


def _stream(reader: readers.Reader, as_json: bool) -> int:
    source = readers.source(reader)
    name = f"{reader.kind}:{reader.device}"
    with closing(source):
        try:
            source.open()
            while True:
                for read in source.read():
                    result = {"symbology": read.symbology, "text": read.text, "points": read.points}
                    _print_scanned({"file": name, "results": [result]}, as_json)
        except DeviceError as error:
            raise CommandError(str(error), FAILED) from error


def _print_scanned(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer), flush=True)
        return
    name = _visible(answer["file"])
    if "error" in answer:
        print(f"ocop scan: {_visible(answer['error'])}", file=sys.stderr, flush=True)
    elif not answer["results"]:
        print(f"{name}: no code found", flush=True)
    for result in answer["results"]:
        print(f"{name}: {result['symbology']} {_visible(result['text'])}", flush=True)
