"""A print job, from its JSON to its result: what the worker and `ocop print` both do."""

from typing import TYPE_CHECKING, Any

import msgspec

from printer import escpos, profiles, receipts
from printer.host import devices, sales
from printer.host.raster import raster

if TYPE_CHECKING:
    from printer.documents import Document


class Job(msgspec.Struct, forbid_unknown_fields=True):
    """One job. `columns` 0 means the profile's own."""

    device: str
    kind: str
    job: str | int | None = None
    profile: str = "tcvn"
    columns: int = 0
    data: Any = None


class Result(msgspec.Struct):
    """What became of a job. `state` is "printed" (the printer took every byte), "not_printed" (it got
    none) or "unknown" (it got some, perhaps all); `detail` is a sentence for people."""

    job: str | int | None
    state: str
    bytes: int = 0
    files: list[str] = []
    detail: str = ""


def document(job: Job) -> "Document":
    """What the job prints. Raises ValueError that names what is wrong with the job."""
    columns = job.columns or profiles.profile(job.profile)["columns"]
    if not 24 <= columns <= 64:
        raise ValueError(f"columns: {columns} is not between 24 and 64")
    if job.kind == "receipt":
        return receipts.receipt(sales.check(job.data), columns)
    if job.kind == "test":
        return receipts.test_page(columns)
    raise ValueError(f"kind: there is no {job.kind!r}; there are receipt, test")


def run(job: Job) -> Result:
    """Print one job. Never raises: what went wrong is in the result."""
    try:
        paper = document(job)
        data = escpos.encode(paper, profiles.profile(job.profile), raster)
        device = devices.connect(job.device, profiles.dots(paper["columns"]))
    except ValueError as error:
        return Result(job.job, "not_printed", detail=str(error))
    try:
        devices.deliver(device, data)
    except devices.PrinterError as error:
        return Result(job.job, error.state, len(data), device.files, str(error))
    return Result(job.job, "printed", len(data), device.files, "; ".join(device.remarks))
