"""The part of `run.mjs` that runs inside MicroPython: collects test_* functions and runs them.

Nothing is skipped: what a file defines is run, and every name gets one line, `ok` or `FAILED`.
"""

import io
import json
import sys

_scope = {}


def _execute(file, name):
    scope = {"__name__": name, "__file__": file}
    with open(file) as source:
        exec(compile(source.read(), file, "exec"), scope)
    return scope


def _report(word, name, run):
    try:
        run()
    except BaseException as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        print("FAILED", name)
        print(text.getvalue())
        return False
    if word:
        print(word, name)
    return True


def collect(file):
    """Execute a test file. Returns the names of its test functions, as JSON."""
    _scope.update(_execute(file, "core_test"))
    return json.dumps(
        sorted([name for name in _scope if name.startswith("test_") and callable(_scope[name])])
    )


def run_test(name):
    """Run one collected test. Returns whether it passed."""
    return _report("ok", name, _scope[name])


def run_import(module):
    """Import one module. Returns whether that worked."""
    return _report("ok", module, lambda: __import__(module))


def run_script(file):
    """Run a file as a program. Returns whether it ended without an exception."""
    return _report("", file, lambda: _execute(file, "__main__"))
