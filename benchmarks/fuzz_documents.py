"""Sends broken files through the real sandbox for a while, and says what became of them.

    python benchmarks/fuzz_documents.py --minutes 60 [--seed 1] [--threads 2] [--keep FOLDER] [--write]

Begins with good files of every format and with the corpus of the tests, and changes them: bytes, blocks, numbers, words
of the format, two files in one; and inside the packing, so that sums are right again (chunks of PNG, entries of office
files, streams of PDF). Each goes through examine, and what is accepted through render, marks, and now and then through
LibreOffice. Every 25th file is a good one, which must be accepted as ever: no file may harm another. Files at which a
sandbox died are kept in FOLDER. --write puts the report into benchmarks/results/fuzz_documents.md.
"""

import argparse
import hashlib
import io
import random
import re
import resource
import struct
import sys
import threading
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from django.conf import settings  # noqa: E402 - after the path is set

settings.configure(OFFICE_PREVIEWS="auto")

from foundation.documents import isolation, office  # noqa: E402
from foundation.documents.errors import DocumentRefused, SandboxFailed  # noqa: E402
from foundation.documents.filetypes import PDF, Family, FileType, by_filename  # noqa: E402
from tests.documents.corpus import cases, seeds  # noqa: E402

LARGEST = 200_000
GOOD_EVERY = 25
OFFICE_EVERY = 40
NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
WORDS = {
    Family.PDF: b"obj endobj stream endstream xref trailer startxref %%EOF /Length /Filter /FlateDecode /LZWDecode "
    b"/DCTDecode /JPXDecode /JBIG2Decode /CCITTFaxDecode /Kids /Count /Parent /Type /Pages /Page /Root /Size /Prev "
    b"/XRefStm /ObjStm /Encrypt /Font /XObject /Pattern /Shading /MediaBox [ ] << >> ( ) < > null true R 0 -1 1e38",
    Family.IMAGE: b"IHDR IDAT IEND PLTE tRNS iCCP zTXt eXIf acTL fcTL gAMA Exif VP8X VP8L VP8 ALPH ANIM ANMF RIFF WEBP",
    Family.OFFICE: b"PK\x03\x04 PK\x01\x02 PK\x05\x06 PK\x07\x08 <!DOCTYPE <!ENTITY ]]> <![CDATA[ </ /> Target= Type=",
    Family.MAIL: b"From: Date: Content-Type: boundary= multipart/mixed message/rfc822 base64 quoted-printable -- "
    b"=?utf-8?b? charset= filename*0*= Content-Transfer-Encoding: =\r\n",
    Family.TEXT: b"\xef\xbb\xbf \xff\xfe \xe2\x80\xae \xf0\x9f\x9a\x93 \x1b[2J <html> <?php #!/bin/sh \t\t",
    Family.TABLE: b'" "" , ; \t | "" "\n =cmd| \xef\xbb\xbf',
}


@dataclass
class Report:
    """What was seen so far; shared by the threads."""

    started: float = field(default_factory=time.monotonic)
    outcomes: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    kept: dict[str, str] = field(default_factory=dict)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, family: str, outcome: str, seconds: float, what: str) -> None:
        """Count one file."""
        with self.lock:
            self.outcomes[outcome] += 1
            self.families[family] += 1
            self.slowest = sorted([*self.slowest, (seconds, what)], reverse=True)[:8]

    def text(self) -> str:
        """Return the report as Markdown."""
        minutes = (time.monotonic() - self.started) / 60
        parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        total = sum(self.outcomes.values())
        rows = "\n".join(f"| {name} | {count} |" for name, count in self.outcomes.most_common())
        kinds = ", ".join(f"{name} {count}" for name, count in self.families.most_common())
        deaths = (
            "\n".join(f"- {count} x {name} (last: {self.kept[name]})" for name, count in self.deaths.most_common(20))
            or "- none"
        )
        slow = "\n".join(f"- {seconds:.1f} s: {what}" for seconds, what in self.slowest)
        wrong = "\n".join(f"- {what}" for what in self.wrong[:20]) or "- nothing"
        return (
            f"# Fuzz run of the document sandbox\n\n{total} files in {minutes:.1f} minutes ({kinds}).\n"
            f"Largest memory: parent {parent} MB, a sandbox {child} MB.\n\n| Outcome | Files |\n|---|---|\n{rows}\n\n"
            f"Sandboxes that died, and were contained:\n\n{deaths}\n\nSlowest:\n\n{slow}\n\n"
            f"What must not happen (an exception in the worker, a good file refused, a refusal without a sentence):\n\n"
            f"{wrong}\n"
        )


class Fuzzer:
    """Changes files and sends them through."""

    def __init__(self, report: Report, seed: int, keep: Path, pool: list[tuple[str, bytes]]) -> None:
        self.report = report
        self.random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.keep = keep
        self.pool = pool
        self.good = list(seeds())
        self.number = 0

    def run(self, until: float) -> None:
        """Go on until the time is over."""
        while time.monotonic() < until:
            self.number += 1
            if self.number % GOOD_EVERY == 0:
                self._good()
            else:
                self._broken()

    def _good(self) -> None:
        name, content = self.random.choice(self.good)
        outcome = self._send(name, content, "good file")
        if outcome.startswith(("refused", "died")):
            self._wrong(f"the good file {name}: {outcome}")

    def _broken(self) -> None:
        name, content = self.random.choice(self.pool)
        kind = by_filename(name)
        assert kind is not None  # noqa: S101
        how = self.random.choice((self._bytes, self._bytes, self._inside, self._inside, self._words, self._splice))
        try:
            changed = how(content, kind)
        except (zlib.error, zipfile.BadZipFile, struct.error, ValueError, KeyError, RuntimeError, OSError):
            changed = self._bytes(content, kind)  # it was broken too much for the finer ways
        self._send(name, changed, how.__name__.strip("_"))

    def _send(self, name: str, content: bytes, how: str) -> str:
        kind = by_filename(name)
        assert kind is not None  # noqa: S101
        start = time.monotonic()
        try:
            outcome = self._through(kind, content)
        except Exception:  # noqa: BLE001 - this is what a fuzz run looks for
            outcome = "exception"
            self._wrong(f"{name}, {how}: {traceback.format_exc(limit=3)}")
            self._save(kind, content)
        self.report.note(kind.family.value, outcome, time.monotonic() - start, f"{name}, {how}: {outcome}")
        return outcome

    def _through(self, kind: FileType, content: bytes) -> str:
        try:
            isolation.examine(io.BytesIO(content), kind.media_type)
        except DocumentRefused as refusal:
            if not re.fullmatch(r".{20,300}\.", str(refusal)):
                self._wrong(f"a poor sentence: {refusal}")
            return "refused with a sentence"
        except SandboxFailed as error:
            return self._death("examine", kind, content, error)
        try:
            if kind.has_marks:
                isolation.read_marks(io.BytesIO(content), kind.media_type)
        except SandboxFailed as error:
            self._death("marks", kind, content, error)
        return self._shown(kind, content)

    def _shown(self, kind: FileType, content: bytes) -> str:
        try:
            if kind.family is not Family.OFFICE:
                return f"accepted, {self._pages(io.BytesIO(content), kind)}"
            if self.number % OFFICE_EVERY:
                return "accepted (office)"
            with office.as_pdf(io.BytesIO(content), kind) as pdf:
                return f"accepted (office), {self._pages(pdf, PDF)}"
        except (office.NotHere, office.Busy):
            return "accepted (office)"
        except SandboxFailed as error:
            return self._death("render", kind, content, error)

    def _pages(self, source: isolation.Readable, kind: FileType) -> str:
        return "shown" if sum(1 for _page in isolation.render(source, kind.media_type)) else "no page drawn in time"

    def _death(self, stage: str, kind: FileType, content: bytes, error: SandboxFailed) -> str:
        path = self._save(kind, content)
        with self.report.lock:
            why = f"{stage} of {kind.label}: {error}"
            self.report.deaths[why] += 1
            self.report.kept[why] = path.name
        return f"died in {stage}, contained"

    def _save(self, kind: FileType, content: bytes) -> Path:
        path = self.keep / f"{hashlib.sha256(content).hexdigest()[:16]}.{kind.endings[0]}"
        path.write_bytes(content)
        return path

    def _wrong(self, what: str) -> None:
        with self.report.lock:
            self.report.wrong.append(what)

    def _bytes(self, content: bytes, _kind: FileType) -> bytes:
        """Change, remove, repeat or move bytes and blocks."""
        data = bytearray(content)
        for _ in range(self.random.choice((1, 1, 2, 4, 16))):
            at = self.random.randrange(len(data) + 1)
            length = min(self.random.choice((1, 2, 4, 16, 256)), len(data) - at)
            match self.random.randrange(7):
                case 0:
                    data[at : at + length] = self.random.randbytes(length)
                case 1:
                    del data[at : at + length]
                case 2:
                    data[at:at] = data[at : at + length] * self.random.choice((1, 2, 50))
                case 3:
                    data[at : at + length] = bytes(length)
                case 4:
                    size = self.random.choice((2, 4, 8))
                    number = self.random.choice(NUMBERS) % 2 ** (size * 8)
                    data[at : at + size] = number.to_bytes(size, self.random.choice(("big", "little")))
                case 5 if data:
                    at = self.random.randrange(len(data))
                    data[at] ^= 1 << self.random.randrange(8)
                case _:
                    del data[at or 1 :]
        return bytes(data)

    def _words(self, content: bytes, kind: FileType) -> bytes:
        """Put in words of the format, and other numbers in the place of numbers."""
        for _ in range(self.random.choice((1, 2, 4))):
            found = list(re.finditer(rb"-?\d+", content))
            if found and self.random.random() < 0.6:
                match = self.random.choice(found)
                number = self.random.choice((*NUMBERS, -1, self.random.randrange(20)))
                content = content[: match.start()] + b"%d" % number + content[match.end() :]
            else:
                at = self.random.randrange(len(content) + 1)
                content = content[:at] + self.random.choice(WORDS[kind.family].split(b" ")) + content[at:]
        return content

    def _splice(self, content: bytes, kind: FileType) -> bytes:
        """Put the end of another file behind the beginning of this one."""
        others = [other for name, other in self.pool if by_filename(name) is kind] or [content]
        other = self.random.choice(others)
        return content[: self.random.randrange(len(content) + 1)] + other[self.random.randrange(len(other) + 1) :]

    def _inside(self, content: bytes, kind: FileType) -> bytes:
        """Change what is packed, and pack it again so that sums and lengths are right."""
        if content.startswith(b"PK\x03\x04"):
            return self._inside_package(content, kind)
        if content.startswith(b"\x89PNG"):
            return self._inside_png(content, kind)
        if kind is PDF:
            return self._inside_pdf(content, kind)
        return self._words(content, kind)

    def _inside_package(self, content: bytes, kind: FileType) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as package:
            entries = source.infolist()
            chosen = self.random.choice(entries)
            for entry in entries[:500]:
                part = source.read(entry)
                if entry is chosen:
                    change = self.random.choice((self._bytes, self._words))
                    part = change(part, kind)
                info = zipfile.ZipInfo(entry.filename)
                package.writestr(info, part, compress_type=entry.compress_type)
        return target.getvalue()

    def _inside_png(self, content: bytes, kind: FileType) -> bytes:
        out, at, chunks = bytearray(content[:8]), 8, []
        while at + 12 <= len(content) and len(chunks) < 1000:
            (length,) = struct.unpack_from(">I", content, at)
            chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
            at += 12 + length
        chosen = self.random.randrange(len(chunks))
        for number, (name, body) in enumerate(chunks):
            if number == chosen:
                plain = zlib.decompress(body) if name == b"IDAT" and len(chunks) < 5 else None
                body = self._bytes(body, kind) if plain is None else zlib.compress(self._bytes(plain, kind))  # noqa: PLW2901
            out += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        return bytes(out)

    def _inside_pdf(self, content: bytes, kind: FileType) -> bytes:
        streams = list(re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL))
        if not streams:
            return self._words(content, kind)
        match = self.random.choice(streams)
        body = match[1]
        try:
            packed = zlib.compress(self._bytes(zlib.decompress(body), kind))
        except zlib.error:
            packed = self.random.choice((self._bytes, self._words))(body, kind)
        return content[: match.start(1)] + packed + content[match.end(1) :]


def main() -> int:
    """Run, say now and then how it goes, and return 1 if something happened that must not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=ROOT / "var" / "fuzz")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # zipfile: an entry that is there twice is what we want
    given.keep.mkdir(parents=True, exist_ok=True)
    pool = list(seeds()) * 8
    for case in cases():
        content = case.make()
        if len(content) <= LARGEST:
            pool.append((case.filename, content))
    report = Report()
    until = time.monotonic() + given.minutes * 60
    fuzzers = [Fuzzer(report, given.seed + number, given.keep, pool) for number in range(given.threads)]
    threads = [threading.Thread(target=fuzzer.run, args=(until,)) for fuzzer in fuzzers]
    print(f"seed {given.seed}, {len(pool)} files to begin with, {given.minutes:g} minutes", flush=True)
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(60)
        print(f"{sum(report.outcomes.values())} files, {sum(report.deaths.values())} deaths", flush=True)
    print(report.text())
    if given.write:
        (ROOT / "benchmarks" / "results" / "fuzz_documents.md").write_text(report.text())
    return 1 if report.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
