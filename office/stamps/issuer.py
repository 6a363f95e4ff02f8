"""The issuer's process: `python -m office.stamps.issuer`, one job on stdin, the stamps on stdout.

It alone reads a stamp key, for as long as one batch takes: the web service that starts it never does.
"""

import sys

import msgspec

from config import exits
from office.settings import Settings
from office.stamps import printing
from office.storage import database


class Job(msgspec.Struct):
    """A batch to print: in which form, at how many dots an inch, by whose passphrase."""

    settings: Settings
    batch: int
    form: str
    passphrase: str = ""
    dpi: int = 203
    sheet: int = 1


def main() -> int:
    """Print the batch. A sentence on stderr and an exit code when that cannot be."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    engine = database.open_engine(job.settings.database_url)
    try:
        with database.reading(engine) as connection:
            batch, name = printing.to_print(connection, job.batch)
            signer = printing.signer_of(job.settings, connection, batch.k, job.passphrase)
        host = job.settings.stamps.host
        for piece in printing.pieces(job.form, batch, name, host, signer, job.dpi, job.sheet):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except exits.CommandError as error:
        print(error.told(), file=sys.stderr)
        return error.code
    except BrokenPipeError:
        return exits.OK  # whoever asked has gone
    finally:
        engine.dispose()
    return exits.OK


if __name__ == "__main__":
    sys.exit(main())
