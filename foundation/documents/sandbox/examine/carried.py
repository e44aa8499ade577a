"""Files that are carried along in a mail or a PDF: nothing that runs, nothing that cannot be looked into."""

from foundation.documents.filetypes import by_filename, ending_of

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


def is_dangerous(name: str, content: bytes) -> bool:
    """Say whether a file that is carried along can run or cannot be looked into, by its ending or its content."""
    if ending_of(name.rstrip(" .")) in DANGEROUS or content.startswith(_PROGRAMS + _ARCHIVES):
        return True
    inner = by_filename(name)
    return content.startswith(b"PK\x03\x04") and (inner is None or not inner.begins(content))


def short(name: str) -> str:
    """Return the name as a sentence can hold it."""
    name = name or "without a name"
    return name if len(name) <= 80 else f"…{name[-79:]}"
