"""What the bytes of a text stand for: UTF-8, UTF-16 with its mark, or the old set of Western Europe."""

# ruff: noqa: RUF001 - letters and marks of many sets are the matter here

import codecs
import re
import string

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FAMILY = ("cp1252", "cp1250", "cp1254", "iso8859-1", "iso8859-2", "iso8859-15")
WESTERN = "cp1252"


def _same(byte: int) -> bool:
    letters = {bytes([byte]).decode(name, "replace") for name in _FAMILY}
    return len(letters) == 1 and "\ufffd" not in letters


# Bytes that mean the same letter in every set of Western, Central European and Turkish Windows and Unix: ä, é, ß, …
_CERTAIN = frozenset(byte for byte in range(0xA0, 0x100) if _same(byte))
# Letters of the other Western languages, which stand for something else elsewhere: what is è in Paris is č in Prague.
# All that a text has of them must be used in one language. Estonian and Dutch need no line of their own.
_LANGUAGES = ("æøåèòà", "àèêïùûÿœæ", "àèìòù", "ñ", "ãàêõ", "àèïò", "ðýþæø")
# What Windows-1250, -1254 and -1257 would look like, and what such a text would hardly be without:
# Czech, Slovak, Hungarian, Romanian, Turkish, Latvian.
_RIVALS = (
    ("áèïéìíòóøšúùýž", "áí"),
    ("áäèïéí¾òóôšúýž", "áí"),
    ("áéíóöõúüû", "õû"),
    ("ãâîºþ", "îºþ"),
    ("çðýöþüâîû", "ðýþ"),
    ("âçîûðþèìíïò", "îûâ"),
)
_SIGNS = "".join(chr(code) for code in range(0xA0, 0xC0)) + "×÷"
# Quotation marks, dashes, bullets and the sign of the euro: Windows puts them here, DOS has letters in their place.
_MARKS = "€‚„…‹›‘’“”•–—"
# In a word, or in front of one, these are letters of another set: "może" would be "mo¿e".
_TORN = re.compile("[A-Za-z][¡-´¶¸-¿€‚„‹›“”•][A-Za-z]|£[A-Za-z]|[A-Za-zÀ-ÿ](?<!m)[¹³]")
_RUN = re.compile(rb"[\x80-\xff]{4}")
_HIGH = bytes(range(0x80, 0x100))
_ASCII = string.ascii_letters.encode()
_MOST = 2


class Western:
    """Looks through a text in pieces and says whether it is Windows-1252 and hardly anything else."""

    def __init__(self) -> None:
        self._kinds: set[int] = set()
        self._high = 0
        self._letters = 0

    def take(self, chunk: bytes) -> bool:
        """Take a piece; False when it is in another set: bytes without a meaning, long runs, signs inside words."""
        high = len(chunk) - len(chunk.translate(None, _HIGH))
        if high:
            self._kinds |= {byte for byte in set(chunk) if byte >= 0x80}
            if _RUN.search(chunk) or _TORN.search(chunk.decode(WESTERN, "replace")):
                return False
        self._high += high
        self._letters += high + len(chunk) - len(chunk.translate(None, _ASCII))
        return "\ufffd" not in bytes(self._kinds).decode(WESTERN, "replace")

    def sure(self) -> bool:
        """Say whether the whole text is Windows-1252: the letters of one language, and mostly those of ASCII."""
        seen = set(bytes(self._kinds).decode(WESTERN, "replace"))
        letters = {letter.lower() for letter in seen.difference(_SIGNS, _MARKS)}
        doubtful = letters - set(bytes(_CERTAIN).decode(WESTERN))
        if self._high * _MOST >= self._letters or not (letters or seen & set("’“–—")):
            return False
        if not doubtful:
            return True
        rivals = any(letters <= set(theirs) and letters & set(needed) for theirs, needed in _RIVALS)
        return any(doubtful <= set(ours) for ours in _LANGUAGES) and not rivals


def is_western(content: bytes) -> bool:
    """Say whether the text of a file that was examined is read as Windows-1252."""
    if content.startswith(UTF16_MARKS):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return True
    return False


def decode(content: bytes) -> str:
    """Return the text of a file that was examined, cut anywhere; what is no character becomes the mark for that."""
    if content.startswith(UTF16_MARKS):
        return content.decode("utf-16", "replace")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(content)  # not final: the last character may be cut
    except UnicodeDecodeError:
        return content.decode(WESTERN, "replace")
