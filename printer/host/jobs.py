"""A print job, from its JSON to its result: what the worker and `ocop print` both do."""

import base64
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
from PIL import ImageOps

from printer import documents, escpos, labels, probes, profiles, receipts, reports, templates, tspl, zpl
from printer.host import devices, label_data, logos, preview, sales
from printer.host.conversation import Known, Memory, Taught
from printer.host.languages import LANGUAGES
from printer.host.raster import raster

if TYPE_CHECKING:
    from printer.documents import Document
    from printer.profiles import Profile

KINDS = ("receipt", "report", "label", "test")
SHOW = "show"  # the device of a job that is only looked at


class Look(msgspec.Struct, forbid_unknown_fields=True):
    """How a shop wants its receipts: its template's text ("": the standard one), what is left out, its logo."""

    template: str = ""
    hidden: list[str] = []
    logo: logos.Logo | None = None


class Job(msgspec.Struct, forbid_unknown_fields=True):
    """One job. `columns` 0 means the profile's own, `language` "" what suits the kind; `size` (mm), `dpi` and
    `count` are for labels; `known` is what the result of this printer's last job said. The device SHOW makes a
    picture; the kind "logo" makes dots of the picture in `data` (base64)."""

    device: str
    kind: str
    job: str | int | None = None
    profile: str = "tcvn"
    columns: int = 0
    data: Any = None
    language: str = ""
    size: str = "50x30"
    dpi: int = 203
    count: int = 1
    known: Known = Known()
    look: Look = msgspec.field(default_factory=Look)


class Result(msgspec.Struct):
    """What became of a job: `state`, `detail` (a sentence for people), `proof` and `known` as in
    `conversation.Outcome`, or "shown" with the `picture` (PNG in base64) or `logo`; the bytes that it has, the files that
    it left on this machine."""

    job: str | int | None
    state: str
    bytes: int = 0
    files: list[str] = []
    detail: str = ""
    proof: str = ""
    known: Known = Known()
    picture: str = ""
    logo: logos.Logo | None = None


def encode(job: Job) -> bytes:
    """What the job sends. Raises ValueError that names what is wrong with the job."""
    language = spoken(job)
    profile = profiles.profile(job.profile)
    if job.kind == "receipt":
        return escpos.encode(receipt(job), profile, raster)
    if job.kind == "report":
        return escpos.encode(report(job), profile, raster)
    if job.kind == "test" and language == "escpos":
        return probes.page(job.profile, raster)
    if not 1 <= job.count <= 10_000:
        raise ValueError(f"count: {job.count} labels is not between 1 and 10000")
    made = label_data.label(
        label_data.SAMPLE if job.kind == "test" else job.data, job.size, job.look.template
    )
    if language == "tspl":
        return tspl.encode(made, job.dpi, job.count, raster)
    if language == "zpl":
        return zpl.encode(made, job.dpi, job.count, raster, zlib.compress)
    return _on_receipt_paper(made, job, profile)


def receipt(job: Job) -> "Document":
    """The receipt as this shop wants it. Raises ValueError that names what is wrong."""
    if spoken(job) != "escpos":
        raise ValueError(f"language: receipts are printed in escpos, not {spoken(job)}")
    columns = job.columns or profiles.profile(job.profile)["columns"]
    if not 24 <= columns <= 64:
        raise ValueError(f"columns: {columns} is not between 24 and 64")
    look, template = job.look, None
    if look.template:
        template, errors = templates.load(look.template, receipts.NAMES)
        if errors:
            raise ValueError(f"dòng / line {errors[0][0]}: {errors[0][1]}")
    pictures = {"logo": look.logo.drawing(profiles.dots(columns))} if look.logo else None
    return receipts.receipt(sales.check(job.data), columns, template, look.hidden, pictures)


def report(job: Job) -> "Document":
    """A shift's report, or a list of goods. Raises ValueError that names what is missing."""
    if spoken(job) != "escpos":
        raise ValueError(f"language: reports are printed in escpos, not {spoken(job)}")
    columns = job.columns or profiles.profile(job.profile)["columns"]
    try:
        data = sales.normalised(job.data)
        return (reports.listing if data["kind"] == "list" else reports.shift)(data, columns)
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no report: {error}") from error


def encode_taught(job: Job) -> tuple[bytes, Taught]:
    """As `encode`, and what the job does to the memory of a printer that can prove what it remembers."""
    profile = profiles.profile(job.profile)
    known = job.known
    if job.kind != "receipt" or not profile["keeps"]:
        return encode(job), Taught()
    if known.keeps == "no":
        profile = dict(profile, keeps=False)
    document = receipt(job)
    data, after = escpos.job(document, profile, raster, {})
    if known.unsettled or not known.memory.marks:
        return data, Taught(Memory(**after))
    shorter, then = escpos.job(document, profile, raster, msgspec.structs.asdict(known.memory))
    return data, Taught(Memory(**after), known.memory.marks, shorter, Memory(**then))


def spoken(job: Job) -> str:
    """The job's language. Raises ValueError for one that there is not, or an unknown kind."""
    if job.kind not in KINDS:
        raise ValueError(f"kind: there is no {job.kind!r}; there are " + ", ".join(KINDS))
    if job.language and job.language not in LANGUAGES:
        raise ValueError(f"language: there is no {job.language!r}; there are " + ", ".join(LANGUAGES))
    return job.language or ("tspl" if job.kind == "label" else "escpos")


def _on_receipt_paper(label: "Document", job: Job, profile: "Profile") -> bytes:
    """Labels as pictures, cut off one by one, for shops without a label printer."""
    image = preview.label(label, labels.DPI[0])
    if image.width > profile["dots"]:
        raise ValueError(f"size: a label of {job.size} mm is wider than this printer's paper")
    page = documents.document(profile["columns"])
    drawn = ImageOps.invert(image.convert("L")).convert("1")
    picture = documents.picture(drawn.width, drawn.height, drawn.tobytes())
    page["items"] += [picture, documents.cut()] * job.count
    return escpos.encode(page, profile, raster)


def run(job: Job) -> Result:
    """Print one job. Never raises: what went wrong is in the result."""
    try:
        if job.device == SHOW:
            return _shown(job)
        (data, taught), language = encode_taught(job), spoken(job)
        columns = job.columns or profiles.profile(job.profile)["columns"]
        device = devices.connect(job.device, profiles.dots(columns), job.dpi)
    except ValueError as error:
        return Result(job.job, "not_printed", detail=str(error), known=job.known)
    outcome = device.deliver(data, language, job.known, taught)
    size = len(taught.shorter if outcome.shorter else data)
    return Result(job.job, outcome.state, size, device.files, outcome.detail, outcome.proof, outcome.known)


def _shown(job: Job) -> Result:
    columns = job.columns or profiles.profile(job.profile)["columns"]
    if job.kind == "logo":
        try:
            data = base64.b64decode(job.data, validate=True)
        except (TypeError, ValueError) as error:
            raise ValueError(f"logo: this is no base64 ({error})") from error
        return Result(job.job, "shown", logo=logos.logo(data, profiles.dots(columns)))
    if job.kind == "label":
        image = preview.label(label_data.label(job.data, job.size, job.look.template), job.dpi)
    else:
        image = preview.paper(report(job) if job.kind == "report" else receipt(job))
    return Result(job.job, "shown", picture=base64.b64encode(preview.png(image)).decode())
