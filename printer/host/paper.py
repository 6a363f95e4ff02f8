"""The paper of a virtual printer: what was printed, as texts and as dots."""

from dataclasses import dataclass, field

from PIL import Image, ImageDraw

MARGIN = 32  # dots of paper beside what can be printed
DRAWN = "\ufffc"  # stands in `lines` for dots between letters, and for letters that the printer was taught


def _blank() -> Image.Image:
    return Image.new("1", (1, 1), 255)


@dataclass
class Reading:
    """What a printer made of a stream of bytes."""

    lines: list[str] = field(default_factory=list)  # the texts, cell by cell; U+FFFC: dots
    pictures: list[Image.Image] = field(default_factory=list)  # all drawn dots, ink is 1
    codes: list[str] = field(default_factory=list)  # texts of QR codes the printer drew itself
    barcodes: list[tuple[str, str]] = field(default_factory=list)  # (kind, text), as the printer drew them
    labels: list[Image.Image] = field(default_factory=list)  # a label printer's, one by one, paper is 1
    graphics: list[str] = field(default_factory=list)  # names of those it holds at the end
    cuts: int = 0
    pulses: int = 0  # to the cash drawer
    problems: list[str] = field(default_factory=list)
    paper: Image.Image = field(default_factory=_blank)  # all of it, paper is 1


class Roll:
    """A paper roll that receipts are printed on, band by band. Ink is 1 until `paper`."""

    def __init__(self, dots: int) -> None:
        self.dots = dots
        self._bands: list[Image.Image] = []

    def line(self, pieces: list[tuple[int, Image.Image]], height: int) -> None:
        """A line at least so many dots high; its pieces (x, image) stand on one foot."""
        tallest = max((piece.height for _, piece in pieces), default=0)
        band = Image.new("1", (self.dots, max(tallest, height)))
        for x, piece in pieces:
            band.paste(piece, (x, tallest - piece.height), piece)
        self._bands.append(band)

    def block(self, image: Image.Image, x: int) -> None:
        """A picture by itself."""
        band = Image.new("1", (self.dots, image.height))
        band.paste(image, (x, 0))
        self._bands.append(band)

    def cut(self) -> None:
        """A row of dashes where the knife went."""
        band = Image.new("1", (self.dots, 5))
        for x in range(0, self.dots, 16):
            ImageDraw.Draw(band).line((x, 2, x + 7, 2), fill=1)
        self._bands.append(band)

    def paper(self) -> Image.Image:
        """All of it with its margins."""
        height = sum(band.height for band in self._bands) + 2 * MARGIN
        paper = Image.new("1", (self.dots + 2 * MARGIN, height), 255)
        y = MARGIN
        for band in self._bands:
            paper.paste(0, (MARGIN, y), band)
            y += band.height
        return paper
