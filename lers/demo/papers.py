"""The demo's papers: court orders, warrants and service cards as real PDF, drawn here in a few milliseconds."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pikepdf
from django.core.files.base import ContentFile

_WIDTH, _HEIGHT, _MARGIN = 595, 842, 72
_LINE = 15
_COLUMNS = 84


@dataclass(frozen=True)
class Order:
    """What an order says."""

    court: str
    title: str
    docket: str
    issued: date
    judge: str
    addressee: str
    orders: str
    accounts: Sequence[str]
    records: Sequence[str]
    bar: str = ""
    basis: str = "Criminal Procedure Act, section 210"

    def paragraphs(self) -> list[str]:
        """Return the body of the paper, numbered as orders are."""
        said = [
            f"The court orders {self.addressee} to produce the records named below. {self.orders}",
            f"Legal basis: {self.basis}.",
            f"Accounts: {'; '.join(self.accounts)}.",
            f"Records: {'; '.join(self.records)}.",
            self.bar,
            "The records are to be handed to the investigating officer in a form in which their origin can be checked.",
        ]
        return [f"{number}. {words}" for number, words in enumerate(filter(None, said), 1)]


@dataclass
class _Page:
    """Text that is put on one page, from the top down."""

    commands: list[str] = field(default_factory=list)
    y: float = _HEIGHT - _MARGIN

    def write(self, text: str, *, size: int = 11, font: str = "F1", gap: float = 0) -> None:
        self.y -= gap
        for line in textwrap.wrap(text, _COLUMNS * 11 // size) or [""]:
            self.commands.append(f"BT /{font} {size} Tf {_MARGIN} {self.y:.0f} Td ({escaped(line)}) Tj ET")
            self.y -= _LINE * size / 11

    def rule(self) -> None:
        self.commands.append(f"0.6 w {_MARGIN} {self.y:.0f} m {_WIDTH - _MARGIN} {self.y:.0f} l S")
        self.y -= _LINE


def order_pdf(order: Order) -> bytes:
    """Return a court order."""
    page = _Page()
    page.write(order.court.upper(), size=14, font="F2")
    page.write(f"Docket {order.docket}")
    page.write(f"Issued {order.issued.day} {order.issued:%B %Y}")
    page.rule()
    page.write(order.title, size=16, font="F2", gap=18)
    for paragraph in order.paragraphs():
        page.write(paragraph, gap=8)
    page.write("By the court", gap=40)
    page.write(order.judge, font="F3", size=18, gap=6)
    page.rule()
    page.write(f"{order.judge}, {order.court}")
    return bound([page.commands], title=order.title)


def card_pdf(*, agency: str, name: str, rank: str, badge: str) -> bytes:
    """Return the copy of a service card."""
    page = _Page()
    page.commands.append(f"0.15 0.25 0.45 rg {_MARGIN - 12} {_HEIGHT - 330} 380 270 re f 1 1 1 rg")
    page.commands.append(f"{_MARGIN} {_HEIGHT - 300} 90 120 re f")
    page.write(agency, size=16, font="F2", gap=16)
    page.write("Service card", size=14)
    page.y = _HEIGHT - 200
    for words in (name, rank, f"No. {badge}"):
        page.commands.append(f"BT /F2 14 Tf {_MARGIN + 110} {page.y:.0f} Td ({escaped(words)}) Tj ET")
        page.y -= 26
    return bound([page.commands], title="Service card")


def upload(content: bytes, filename: str) -> ContentFile:  # type: ignore[type-arg]
    """Return the file as a form would hand it over."""
    return ContentFile(content, name=filename)


def bound(pages: Sequence[Sequence[str]], *, title: str) -> bytes:
    """Return pages of drawing commands as one PDF, with the four fonts that every reader has."""
    pdf = pikepdf.new()
    fonts = pikepdf.Dictionary()
    for key, name in (
        ("/F1", "Times-Roman"),
        ("/F2", "Helvetica-Bold"),
        ("/F3", "Times-Italic"),
        ("/F4", "Times-Bold"),
    ):
        fonts[key] = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name(f"/{name}"),
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
    for commands in pages:
        page = pdf.add_blank_page(page_size=(_WIDTH, _HEIGHT))
        page.Resources = pikepdf.Dictionary(Font=fonts)
        page.Contents = pdf.make_stream("\n".join(commands).encode("cp1252", errors="replace"))
    pdf.docinfo["/Title"] = title
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def escaped(text: str) -> str:
    """Return text as it stands between the brackets of a PDF."""
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
