"""Saved mails: they look like one, have an end, and carry nothing that runs."""

import email.utils
from typing import IO

from foundation.documents.filetypes import FileType, by_filename, ending_of, wrong_content
from foundation.documents.sandbox import mail_parts
from foundation.documents.sandbox.refusal import Refused, whole

# Endings that Windows, macOS or an office program carries out, and archives, which nobody can look into here.
_WORDS = (
    "exe com scr pif cpl dll sys drv ocx msi msp mst msix appx bat cmd ps1 psm1 vbs vbe js jse wsf wsh wsc hta "
    "sct inf reg lnk url scf chm hlp jar class apk app dmg pkg iso img vhd vhdx sh bash run elf deb rpm py pyw rb pl "
    "php docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm xll one onepkg gadget application appref-ms "
    "settingcontent-ms library-ms search-ms svg html htm shtml xhtml mht mhtml "
    "zip rar 7z gz tgz tar bz2 xz zst cab ace arj lzh z"
)
DANGEROUS = frozenset(_WORDS.split())
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"L\0\0\0\x01\x14\x02\0")
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"MSCF", b"\xfd7zXZ\0", b"BZh")

NO_MAIL = (
    "The file is named as a mail, but has no sender and date. In the mail program, save the message itself as .eml, "
    "or print it to a PDF."
)
CUT = "The end of the mail is missing. Save it once more in the mail program and send that."


def parse(head: bytes, source: IO[bytes], kind: FileType) -> None:
    """Look through the mail; raise Refused."""
    content = whole(head, source, kind)
    if b"\0" in content:
        raise Refused(wrong_content(kind))
    message = mail_parts.read(content)
    if not mail_parts.header(message, "From") or not _is_date(mail_parts.header(message, "Date")):
        raise Refused(NO_MAIL)
    for part in mail_parts.parts(message):
        _check(part)
    if message.is_multipart() and any("CloseBoundaryNotFound" in type(defect).__name__ for defect in message.defects):
        raise Refused(CUT)


def _is_date(text: str) -> bool:
    try:
        return email.utils.parsedate_tz(text) is not None
    except (ValueError, TypeError, IndexError, OverflowError):
        return False


def _check(part: mail_parts.Part) -> None:
    name = part.filename or "without a name"
    if ending_of(part.filename) in DANGEROUS or part.content.startswith(_PROGRAMS + _ARCHIVES):
        raise Refused(_dangerous(name))
    inner = by_filename(part.filename)
    if part.content.startswith(b"PK\x03\x04") and (inner is None or not inner.begins(part.content)):
        raise Refused(_dangerous(name))


def _dangerous(name: str) -> str:
    short = name if len(name) <= 80 else f"…{name[-79:]}"
    return (
        f"The mail carries an attachment that can run or that cannot be looked into ({short}). "
        "Save the mail without it, or print the mail to a PDF, and send that."
    )
