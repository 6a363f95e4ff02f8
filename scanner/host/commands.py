"""`ocop scan` and `ocop parse`. OpenCV and the decoders load only for what needs them."""

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from config.exits import FAILED, OK, CommandError
from config.memory import give_large_blocks_back
from scanner import ai_rules, codes
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
        epilog="A file that cannot be read is told in its line, and the rest go on; exit code 3 when none could be opened.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="pictures (PNG, JPEG, ...)")
    parser.add_argument(
        "--camera", metavar="N", help="stream from this camera: a number, or a path such as /dev/video0"
    )
    parser.add_argument(
        "--serial", metavar="DEV", help="stream from this serial scanner, such as /dev/ttyACM0"
    )
    parser.add_argument(
        "--reader",
        default="best",
        metavar="NAME",
        help="what reads the pictures: best (default), zxing-cpp, pyzbar, opencv, tapirscan, or light (zxing-cpp without OpenCV; it may misread a bar code of a single picture)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    arguments = parser.parse_args(argv)
    given = [bool(arguments.files), arguments.camera is not None, arguments.serial is not None]
    if sum(given) != 1:
        parser.error("give either picture files, or --camera N, or --serial DEV")
    if arguments.files:
        return _scan_files(arguments.files, arguments.reader, arguments.json)
    kind = "camera" if arguments.camera is not None else "serial"
    device = arguments.camera or arguments.serial
    return _stream(readers.Reader(kind, kind, device, arguments.reader), arguments.json)


def parse(argv: list[str]) -> int:
    """`ocop parse`: one answer a text, given as arguments or as lines on stdin. Always OK: it only tells."""
    parser = argparse.ArgumentParser(
        prog="ocop parse",
        description="Say what scanned texts are: stamps, GS1 codes, retail codes or just text.",
        epilog="FNC1 is U+001D. A line of more than 1 MiB is no code; it is shown by its beginning.",
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="texts; without any, the lines of stdin")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    arguments = parser.parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not have every letter
    say = _as_json if arguments.json else _for_people
    for text in arguments.texts or _lines():
        print(say(text), flush=True)  # at once, for who feeds us line by line and waits for each answer
    return OK


def _lines() -> Iterator[str]:
    """Lines of stdin, ended by LF or CR LF only: FNC1, like other characters, is part of a line."""
    if sys.__stdin__ is None:  # closed
        return
    stdin = sys.stdin.buffer
    while line := stdin.readline(LONGEST_LINE):
        yield line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        while line and not line.endswith(b"\n"):
            line = stdin.readline(LONGEST_LINE)


def _as_json(text: str) -> str:
    try:
        code = codes.parse(text)
    except codes.CodeError as error:
        return json.dumps({"text": text, "error": str(error)})
    answer: dict[str, Any] = {"text": text, "kind": code.kind, "elements": code.elements}
    if _has_associations(code):
        broken = ai_rules.broken(code.elements)
        answer["associations_ok"] = broken is None
        if broken is not None:
            answer["associations"] = broken
    return json.dumps(answer)


def _for_people(text: str) -> str:
    lines = [text]
    try:
        code = codes.parse(text)
    except codes.CodeError as error:
        lines.append(f"wrong: {error}")
    else:
        lines.append(_kind(code))
        lines.extend(f"({ai}) {value}" for ai, value in code.elements)
        broken = ai_rules.broken(code.elements) if _has_associations(code) else None
        if broken is not None:
            lines.append(f"but: {broken}")
    return "\n  ".join(_visible(line) for line in lines)


def _kind(code: codes.Code) -> str:
    if code.stamp is not None:
        return f"stamp of {code.host} under key {code.stamp.k}; `ocop verify` says whether it is genuine"
    return {
        "gs1_digital_link": f"GS1 Digital Link at {code.host}",
        "gs1_element_string": "GS1 element string",
        "ean": "retail code (EAN or UPC)",
    }.get(code.kind, "text, no product code")


def _has_associations(code: codes.Code) -> bool:
    """True if GS1's rules on which elements need or exclude which others are worth a word."""
    return code.kind.startswith("gs1_") or (code.kind == "ean" and len(code.elements) > 1)


def _visible(text: str) -> str:
    """The text for a terminal: what cannot be shown, or would steer the terminal, as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _scan_files(files: list[str], reader: str, as_json: bool) -> int:
    from scanner.host.picture_files import PictureError

    give_large_blocks_back()
    load: Callable[[Path], Any]
    read: Callable[[Any], list[Any]]
    if readers.is_light(reader, "ocop scan"):
        from scanner.host import light

        load = light.load
        read = light.read
    else:
        from scanner.host import decoder, vision

        load = vision.load
        read = decoder.stills(reader)
    opened = 0
    for name in files:
        answer: dict[str, Any] = {"file": name}
        try:
            picture: Any = load(Path(name))
            opened += 1
            answer["results"] = read(picture)
        except PictureError as error:
            answer |= {"error": f"{name} {error}", "results": []}
        except (OSError, ValueError) as error:  # ValueError: a name with a null character
            reason = getattr(error, "strerror", None) or error
            answer |= {"error": f"{name} cannot be opened ({reason}).", "results": []}
        _print_scanned(answer, as_json)
    return OK if opened else FAILED


def _stream(reader: readers.Reader, as_json: bool) -> int:
    name = f"{reader.kind}:{reader.device}"
    try:
        with closing(readers.source(reader)) as source:
            source.open()
            while True:
                for read in source.read():
                    result = {"symbology": read.symbology, "text": read.text, "points": read.points}
                    _print_scanned({"file": name, "results": [result]}, as_json)
    except DeviceError as error:
        raise CommandError(str(error), FAILED, vi=f"thiết bị đọc mã có sự cố: {error}") from error


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
