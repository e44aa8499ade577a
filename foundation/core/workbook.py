"""An Excel workbook with one sheet, made while it is read: nothing is kept in memory or written to a disk.

Every text is typed as text (an inline string), so that no program takes it for a formula.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from django.utils import timezone
from stream_zip import ZIP_32, Method, stream_zip

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_KINDS = f"{_OFFICE}/officeDocument/2006/relationships"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_KINDS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_KINDS}">'
    '<sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_KINDS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="{columns}" width="22" customWidth="1"/></cols>'
    "<sheetData>"
)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ROWS = 1000
_MODE = 0o600


def workbook(
    headings: Sequence[str], lines: Iterable[Sequence[str | int]], *, sheet: str = "Requests"
) -> Iterator[bytes]:
    """Return the file piece by piece: the headings, then the lines; whole numbers as numbers, all else as text."""
    yield from stream_zip(_members(headings, lines, sheet))


def _members(
    headings: Sequence[str], lines: Iterable[Sequence[str | int]], sheet: str
) -> Iterator[tuple[str, datetime, int, Method, Iterable[bytes]]]:
    at = timezone.now()
    for name, text in _PARTS.items():
        yield name, at, _MODE, ZIP_32, (f"{_HEAD}{text.replace('{sheet}', escape(sheet))}".encode(),)
    yield "xl/worksheets/sheet1.xml", at, _MODE, ZIP_32, _sheet(headings, lines)


def _sheet(headings: Sequence[str], lines: Iterable[Sequence[str | int]]) -> Iterator[bytes]:
    yield f"{_HEAD}{_SHEET.format(columns=len(headings))}{_row(headings)}".encode()
    gathered: list[str] = []
    for line in lines:
        gathered.append(_row(line))
        if len(gathered) == _ROWS:
            yield "".join(gathered).encode()
            gathered = []
    yield f"{''.join(gathered)}</sheetData></worksheet>".encode()


def _row(cells: Sequence[str | int]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_NOT_IN_XML.sub("", value))}</t></is></c>'
