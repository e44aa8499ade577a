"""Files made to hurt: each must end in a verdict, and no other file may notice.

`cases()` gives them by name; they are made when they are asked for, the same on every machine. `SEEDS` are good files
that a fuzz run begins with.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.documents import corpus_images, corpus_office, corpus_pdf, corpus_text

ACCEPTED = "accepted"
REFUSED = "refused"
# Either is right, as long as it is one of them.
ANY = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One file, and what must become of it."""

    name: str
    filename: str
    make: Callable[[], bytes]
    verdict: str = ANY
    # Part of the sentence, where there is one to be said.
    words: str = ""


def cases() -> Iterator[Case]:
    """Yield all cases."""
    for module in (corpus_pdf, corpus_images, corpus_office, corpus_text):
        for name, (filename, make, verdict, words) in module.CASES.items():
            yield Case(name, filename, make, verdict, words)


def seeds() -> Iterator[tuple[str, bytes]]:
    """Yield good files, by name, of every format."""
    for module in (corpus_pdf, corpus_images, corpus_office, corpus_text):
        for filename, make in module.SEEDS.items():
            yield filename, make()


# What is sent as the name of a file, and what is shown of it.
NAMES = {
    "../../../etc/passwd.pdf": "passwd.pdf",
    "..\\..\\windows\\system32\\order.pdf": "order.pdf",
    "C:\\Users\\jane\\order.pdf": "order.pdf",
    "/dev/null.pdf": "null.pdf",
    "order\0.pdf": "order.pdf",
    "order\r\nSet-Cookie: a=b.pdf": "orderSet-Cookie a=b.pdf",
    "order\u202efdp.exe.pdf": "orderfdp.exe.pdf",
    "\u2066order\u2069\u200b.pdf": "order.pdf",
    "CON.pdf": "file CON.pdf",
    "nul": "file nul",
    "Com1.tar.pdf": "file Com1.tar.pdf",
    "console.pdf": "console.pdf",
    "order.pdf...": "order.pdf",
    "order.pdf   ": "order.pdf",
    "  . .order.pdf": "order.pdf",
    "order.": "order",
    "...": "document",
    "": "document",
    " ": "document",
    "\t\n": "document",
    ".htaccess": "htaccess",
    "🧾 receipt 🚓.pdf": "🧾 receipt 🚓.pdf",
    "<script>alert(1)</script>.pdf": "script .pdf",
    'a"b;c.pdf': "a b;c.pdf",
    "$(rm -rf ~).pdf": "$(rm -rf ~).pdf",
    "-rf.pdf": "-rf.pdf",
    "%2e%2e%2fpasswd.pdf": "%2e%2e%2fpasswd.pdf",
    "e\u0301te\u0301.pdf": "été.pdf",
    "命令.pdf": "命令.pdf",
    "אישור.pdf": "אישור.pdf",
    "\ud800.pdf": "pdf",
    "é" * 300 + ".pdf": "é" * 118 + ".pdf",
    "🚓" * 300 + ".pdf": "🚓" * 59 + ".pdf",
    "a" * 300 + ".pdf": "a" * 196 + ".pdf",
    "a." + "b" * 300: "a." + "b" * 198,
}
