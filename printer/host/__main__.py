"""`python -m printer.host`: the print worker (see `printer.host.worker`)."""

import argparse
import sys

from config import exits, logs


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m printer.host", description="Print jobs, one JSON line each."
    )
    parser.add_argument("--idle", type=float, default=600.0, help="end after so many seconds without a job")
    arguments = parser.parse_args()
    logs.setup("json", "warning")  # python-escpos tells of every open and close
    # Loaded here, not at the top: `--help` needs none of it.
    from printer.host import worker

    target = worker.own_stdout()
    try:
        worker.serve(sys.stdin.fileno(), target, arguments.idle)
    except exits.CommandError as error:
        print(f"print worker: {error.told()}", file=sys.stderr)
        return error.code
    except BrokenPipeError:
        return exits.OK  # whoever asked is gone
    return exits.OK


if __name__ == "__main__":
    sys.exit(main())
