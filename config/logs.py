"""Logging for every process: human lines on a terminal, JSON lines where a machine reads.

What is logged is events and their codes, never a scanned text, a PIN or a person's data.
"""

import json
import logging
import sys
import time

# What LogRecord has by itself; anything else came in by `extra=` and belongs to the event.
_OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at (ISO 8601 UTC), level, name, message, and the `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "at": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "name": record.name,
            "message": record.getMessage(),
        }
        for key, value in vars(record).items():
            if key not in _OWN:
                line.setdefault(key, value)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _OneLine(logging.Filter):
    """What was sent to a listener and cannot be read as HTTP (a URL over 8 kB, TLS where there is none) is the sender's
    fault: one line instead of aiohttp's traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if type(error).__module__ == "aiohttp.http_exceptions":
            record.msg, record.args = "a request that is no HTTP was refused (%s)", (type(error).__name__,)
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


def setup(style: str = "human", level: str = "info") -> None:
    """Send all logging of this process to stderr. `style` is "human" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        handler.setFormatter(JsonFormatter())
    else:
        line = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
        handler.setFormatter(logging.Formatter(line, "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("aiohttp.server").addFilter(_OneLine())
