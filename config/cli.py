"""The `ocop` console script: finds its commands by entry points and turns errors into exit codes.

A command is a function `(argv: list[str]) -> int` registered in the entry-point group
`ocop.commands`; it parses its own arguments and returns an exit code of `config.exits`. Only the
command that is called gets imported, so that `ocop status` never pays for OpenCV.
"""

import os
import sys
from importlib.metadata import EntryPoint, entry_points

from config import exits

GROUP = "ocop.commands"

SUMMARIES = {
    "demo": "office and outlet on sample data, with a virtual camera and printer",
    "kiosk": "run an outlet's service",
    "office": "run the office's service, or one of its shell commands",
    "scan": "read the codes in pictures, or stream them from a camera or serial scanner",
    "parse": "say what a scanned text is",
    "verify": "judge one code as the kiosk would",
    "print": "print a receipt, a label or a test page",
    "journal": "export a device's journal, or verify an exported one",
    "enrol": "make this device known to the office, with a one-use code",
    "sync": "push the journal and pull the catalogue",
    "status": "say how this outlet's service is",
}


def _usage() -> str:
    width = max(len(name) for name in SUMMARIES)
    lines = [f"  {name:<{width}}  {text}" for name, text in SUMMARIES.items()]
    return "usage: ocop COMMAND [...]\n\n" + "\n".join(lines) + "\n\n`ocop COMMAND --help` says more."


def _find(name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=GROUP, name=name)), None)


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns its exit code; `argv` is without the program's name."""
    args = sys.argv[1:] if argv is None else argv
    if not args or args[0] in ("-h", "--help", "help"):
        print(_usage())
        return exits.OK if args else exits.USAGE
    command = _find(args[0])
    if command is None:
        print(f"ocop: there is no command {args[0]!r}; `ocop --help` lists them.", file=sys.stderr)
        return exits.USAGE
    try:
        run = command.load()
    except ModuleNotFoundError as error:
        print(
            f"ocop {args[0]}: the package {error.name!r} is not installed on this machine; "
            "install the extra that has it (kiosk, scanner, printer or office).",
            file=sys.stderr,
        )
        return exits.FAILED
    try:
        code: int = run(args[1:])
        sys.stdout.flush()
        return code
    except exits.CommandError as error:
        print(f"ocop {args[0]}: {error}", file=sys.stderr)
        return error.code
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except KeyboardInterrupt:
        return 130
