"""openpyxl, loaded with the first workbook: most requests do not need its 4 MB."""

import sys


def load() -> None:
    """Import it without numpy, which it would take along for numbers of numpy's own: 11 MB, and nobody here has any."""
    if "numpy" in sys.modules:
        import openpyxl
    else:
        sys.modules["numpy"] = None  # type: ignore[assignment]  # says to `import` that there is none
        try:
            import openpyxl  # noqa: F401
        finally:
            sys.modules.pop("numpy", None)
