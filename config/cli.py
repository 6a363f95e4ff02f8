"""The `ocop` console script: finds its commands by entry points and turns errors into exit codes.

A command is a function `(argv: list[str]) -> int` registered in the entry-point group
`ocop.commands`; it parses its own arguments and returns an exit code of `config.exits`. Only the
command that is called gets imported, so that `ocop status` never pays for OpenCV.
"""

import os
import select
import sys
import traceback
from importlib.metadata import EntryPoint, entry_points

from config import exits

GROUP = "ocop.commands"
_OURS = ("config", "kiosk", "office", "printer", "scanner", "sync")

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
    "staff": "add a member of staff, or change a PIN",
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
    name = f"ocop {args[0]}" if args else "ocop"
    try:
        code = _run(args)
        sys.stdout.flush()
        return code
    except exits.CommandError as error:
        return _say(f"{name}: {error.told()}", error.code)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OURS:
            return _crashed(name)
        return _say(
            f"{name}: máy này chưa cài gói {error.name!r}; hãy cài phần có gói đó (kiosk, scanner, printer hoặc office). / "
            f"the package {error.name!r} is not installed on this machine; "
            "install the extra that has it (kiosk, scanner, printer or office)."
        )
    except ImportError as error:  # a package is there, but not the shared library it wraps
        return _say(
            f"{name}: không nạp được thư viện cần dùng; hãy chạy config/setup-debian.sh. / "
            f"cannot load what this needs ({error}); config/setup-debian.sh installs it."
        )
    except OSError as error:
        if isinstance(error, BrokenPipeError) and _reader_has_gone():
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return exits.OK
        where = f" ({error.filename})" if error.filename else ""
        return _say(f"{name}: {error.strerror or error}{where}.")
    except KeyboardInterrupt:
        return 130
    except Exception:
        return _crashed(name)


def _run(args: list[str]) -> int:
    if not args:
        print(_usage(), file=sys.stderr)
        return exits.USAGE
    if args[0] in ("-h", "--help", "help"):
        print(_usage())
        return exits.OK
    command = _find(args[0])
    if command is None:
        raise exits.CommandError(
            "there is no such command; `ocop --help` lists them.", vi="không có lệnh này; xem `ocop --help`."
        )
    try:
        code: int = command.load()(args[1:])
    except SystemExit as end:  # argparse ends so, after --help or a wrong argument
        return (
            end.code if isinstance(end.code, int) else exits.OK if end.code is None else _say(str(end.code))
        )
    return code


def _say(sentence: str, code: int = exits.FAILED) -> int:
    print(sentence, file=sys.stderr)
    return code


def _crashed(name: str) -> int:
    # Python's own exit code for this is 1, which here would mean "the answer is no".
    traceback.print_exc()
    return _say(
        f"{name}: đây là lỗi của chương trình; xin báo lại các dòng ở trên. / "
        "this is a fault of the program; please report the lines above."
    )


def _reader_has_gone() -> bool:
    """Whether it is our output that nobody reads any more (`| head`), not a device that broke off."""
    poll = select.poll()
    poll.register(1, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
