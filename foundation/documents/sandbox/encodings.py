"""What the bytes of a text stand for: UTF-8, UTF-16 with its mark, or the one old set that is not in doubt."""

import codecs

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FAMILY = ("cp1252", "cp1250", "cp1254", "iso8859-1", "iso8859-2", "iso8859-15")
WESTERN = "cp1252"


def _same(byte: int) -> bool:
    letters = {bytes([byte]).decode(name, "replace") for name in _FAMILY}
    return len(letters) == 1 and "\ufffd" not in letters


# Bytes that mean the same letter in every set of Western, Central European and Turkish Windows and Unix: ä, é, ß, …
# A text with any other is in doubt: what is è in Paris is č in Prague.
_CERTAIN = frozenset(byte for byte in range(0xA0, 0x100) if _same(byte))
# Quotation marks, dashes and the sign of the euro: Windows puts them here, DOS has letters in their place.
_WINDOWS = frozenset(b"\x80\x84\x85\x91\x92\x93\x94\x96\x97")
_HIGH = bytes(range(0x80, 0x100))
_MOST = 3


class Western:
    """Looks through a text in pieces and says whether it is Windows-1252 without a doubt."""

    def __init__(self) -> None:
        self._kinds: set[int] = set()
        self._high = 0
        self._letters = 0

    def take(self, chunk: bytes) -> bool:
        """Take a piece; False when the text is in doubt already."""
        high = len(chunk) - len(chunk.translate(None, _HIGH))
        if high:
            self._kinds |= {byte for byte in set(chunk) if byte >= 0x80}
        self._high += high
        self._letters += high + sum(map(str.isalpha, chunk[:4096].decode("ascii", "ignore")))
        return self._kinds <= _CERTAIN | _WINDOWS

    def sure(self) -> bool:
        """Say whether the whole text is Windows-1252: certain letters in it, and not many of them."""
        return bool(self._kinds & _CERTAIN) and self._high * _MOST < self._letters


def decode(content: bytes) -> str:
    """Return the text of a file that was examined, cut anywhere; what is no character becomes the mark for that."""
    if content.startswith(UTF16_MARKS):
        return content.decode("utf-16", "replace")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(content)  # not final: the last character may be cut
    except UnicodeDecodeError:
        return content.decode(WESTERN, "replace")
