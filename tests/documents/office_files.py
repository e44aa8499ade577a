"""Office files for the tests, made here as small as they can be."""

import io
import zipfile
from collections.abc import Mapping
from functools import partial

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
Parts = Mapping[str, bytes | str]


def pack(parts: Parts, *, level: int = 9) -> bytes:
    """Return an archive of these parts, in this order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name)
            package.writestr(info, content, compress_type=method, compresslevel=level)
    return target.getvalue()


def _types(*overrides: tuple[str, str]) -> str:
    named = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'<?xml version="1.0"?><Types xmlns="{_TYPES}">{defaults}{named}</Types>'


def _relations(*found: tuple[str, str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{_DOCUMENT}/{kind}" Target="{target}"{mode}/>'
        for number, (kind, target, mode) in enumerate(found, start=1)
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def docx_parts(text: str = "Order of the court", *, body: str = "", main: str = "") -> dict[str, bytes | str]:
    """Return the parts of a letter."""
    body = body or f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    return {
        "[Content_Types].xml": _types(("/word/document.xml", main or f"{_OOXML}wordprocessingml.document.main+xml")),
        "_rels/.rels": _relations(("officeDocument", "word/document.xml", "")),
        "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }


def make_docx(text: str = "Order of the court", **more: bytes | str) -> bytes:
    """Return a letter, with more parts where they are given."""
    return pack(docx_parts(text) | more)


def make_linking_docx(address: str) -> bytes:
    """Return a letter whose picture lies elsewhere, and the template on the disk of whoever wrote it."""
    picture = (
        '<w:p><w:r><w:t>Look:</w:t></w:r><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><v:shape style="width:99pt;'
        'height:99pt"><v:imagedata r:id="r1"/></v:shape></w:pict></w:r></w:p>'
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>INCLUDEPICTURE "{address}/f.png"'
        '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    outside = ' TargetMode="External"'
    return pack(
        docx_parts(body=picture)
        | {
            "word/_rels/document.xml.rels": _relations(
                ("image", f"{address}/i.png", outside),
                ("attachedTemplate", "file:///C:\\Templates\\Letter.dotm", outside),
            ),
            "word/settings.xml": f'<?xml version="1.0"?><w:settings xmlns:w="{_WORD}"/>',
        }
    )


def make_related_docx(kind: str, target: str, mode: str = ' TargetMode="External"') -> bytes:
    """Return a letter with one relation of this kind."""
    return make_docx(**{"word/_rels/settings.xml.rels": _relations((kind, target, mode))})


def make_xlsx(rows: int = 3, columns: int = 3) -> bytes:
    """Return a table."""
    data = "".join(
        f"<row>{''.join(f'<c><v>{row * column}</v></c>' for column in range(columns))}</row>" for row in range(rows)
    )
    return pack(
        {
            "[Content_Types].xml": _types(
                ("/xl/workbook.xml", f"{_OOXML}spreadsheetml.sheet.main+xml"),
                ("/xl/worksheets/sheet1.xml", f"{_OOXML}spreadsheetml.worksheet+xml"),
            ),
            "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml", "")),
            "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}"><sheets>'
            '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml", "")),
            "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet xmlns="{_SHEET}"><sheetData>{data}'
            "</sheetData></worksheet>",
        }
    )


def make_pptx() -> bytes:
    """Return a presentation without slides."""
    place = "http://schemas.openxmlformats.org/presentationml/2006/main"
    return pack(
        {
            "[Content_Types].xml": _types(("/ppt/presentation.xml", f"{_OOXML}presentationml.presentation.main+xml")),
            "_rels/.rels": _relations(("officeDocument", "ppt/presentation.xml", "")),
            "ppt/presentation.xml": f'<?xml version="1.0"?><p:presentation xmlns:p="{place}"/>',
        }
    )


def odf_parts(kind: str = "text", *, body: str = "", entry: str = "") -> dict[str, bytes | str]:
    """Return the parts of an OpenDocument file."""
    spaces = f'xmlns:office="{_OFFICE}office:1.0" xmlns:text="{_OFFICE}text:1.0" xmlns:table="{_OFFICE}table:1.0"'
    inside = {
        "text": "<text:p>Order of the court</text:p>",
        "spreadsheet": '<table:table table:name="One"><table:table-row><table:table-cell><text:p>1</text:p>'
        "</table:table-cell></table:table-row></table:table>",
        "presentation": "",
    }[kind]
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return {
        "mimetype": f"{_ODF}{kind}",
        "content.xml": f'<?xml version="1.0"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f"<office:{kind}>{body or inside}</office:{kind}></office:body></office:document-content>",
        "META-INF/manifest.xml": f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{manifest}">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODF}{kind}"/>'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{entry}'
        "</manifest:file-entry></manifest:manifest>",
    }


def make_odf(kind: str = "text") -> bytes:
    """Return an OpenDocument text, spreadsheet or presentation."""
    return pack(odf_parts(kind))


MAKERS = {
    "letter.docx": make_docx,
    "table.xlsx": make_xlsx,
    "slides.pptx": make_pptx,
    "letter.odt": partial(make_odf, "text"),
    "table.ods": partial(make_odf, "spreadsheet"),
    "slides.odp": partial(make_odf, "presentation"),
}
