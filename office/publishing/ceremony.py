"""The root keys' way out of the office: each to a medium of its own, looked at there, and gone here."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from config.exits import FAILED, CommandError
from office.publishing import keys, roots
from sync import catalogue


def here(connection: Connection, folder: Path) -> list[Path]:
    """The files in `folder` that hold a root key of the newest root."""
    wanted, _ = catalogue.role_keys(roots.newest(connection), "root")
    files = sorted(folder.glob(keys.ROOT_FILES))
    return [path for path in files if keys.load(folder, path.stem).id in wanted]


def take_offline(connection: Connection, folder: Path, media: Sequence[Path]) -> list[Path]:
    """Move the root keys from `folder` to the folders `media`, one to each; returns where they are.

    They are deleted here once all were read again there, and with them those that a newer root replaced. Raises CommandError: another number of media than
    keys, twice the same, one that is missing or full, or shows its files to others.
    """
    found = here(connection, folder)
    if not found:
        raise CommandError(
            f"{folder}: no root key is here; they are offline already.",
            vi=f"{folder}: ở đây không có khoá gốc; khoá đã ở ngoài.",
        )
    if len({medium.resolve() for medium in media}) != len(found):
        raise CommandError(
            f"name {len(found)} different folders, one on each medium; {len(found)} root keys are here.",
            vi=f"nêu {len(found)} thư mục khác nhau, mỗi ổ USB một thư mục; ở đây có {len(found)} khoá gốc.",
        )
    for medium in media:
        if not medium.is_dir() or medium.resolve().is_relative_to(folder.parent.resolve()):
            raise CommandError(
                f"{medium}: is no folder outside the office's data; is the medium mounted?",
                vi=f"{medium}: không phải thư mục ngoài dữ liệu của văn phòng; đã gắn ổ USB chưa?",
            )
    there = [medium / path.name for path, medium in zip(found, media, strict=True)]
    made: list[Path] = []
    try:
        for path, copy in zip(found, there, strict=True):
            with (
                path.open("rb") as source,
                os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
            ):
                made.append(copy)
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            if keys.load(copy.parent, copy.stem).id != keys.load(folder, path.stem).id:
                raise CommandError(
                    f"{copy}: is not what was written; take another medium.",
                    FAILED,
                    vi=f"{copy}: không đúng như đã ghi; dùng ổ USB khác.",
                )
    except (OSError, CommandError) as error:
        for copy in made:
            copy.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CommandError(
                f"{error.filename}: cannot write the key ({error.strerror}).",
                FAILED,
                vi=f"{error.filename}: không ghi được khoá ({error.strerror}).",
            ) from error
        raise
    for path in folder.glob(keys.ROOT_FILES):
        path.unlink()
    return there
