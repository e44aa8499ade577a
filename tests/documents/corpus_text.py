"""Texts, tables and mails made to hurt."""

# ruff: noqa: RUF001 - letters and marks of many sets are the matter here

import base64
from collections.abc import Callable
from functools import partial

from tests.documents.corpus_pdf import Entry
from tests.documents.files import make_exe, make_pdf
from tests.documents.office_files import pack

MB = 1024 * 1024
HEAD = (
    b"From: Jane Doe <jane@police.example>\r\nTo: desk@company.example\r\nDate: Fri, 20 Nov 2026 09:00:00 +0000\r\n"
    b"Subject: =?utf-8?q?Anfrage_f=C3=BCr_Daten?=\r\nMIME-Version: 1.0\r\n"
)


def mail(
    body: bytes = b"Please see the order.\r\n", kind: bytes = b"text/plain; charset=utf-8", head: bytes = HEAD
) -> bytes:
    """Return a mail of one part."""
    return head + b"Content-Type: " + kind + b"\r\n\r\n" + body


def attached(name: str, content: bytes, *, kind: str = "application/octet-stream") -> bytes:
    """Return a mail with a file."""
    packed = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return mail(
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n"
        + f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'.encode()
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + packed
        + b"--b--\r\n",
        b'multipart/mixed; boundary="b"',
    )


def nested_parts(depth: int) -> bytes:
    parts = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (number, number + 1)
        for number in range(depth)
    )
    return mail(parts, b"multipart/mixed; boundary=b0")


def nested_mails(depth: int) -> bytes:
    content = mail()
    for _ in range(depth):
        content = mail(content, b"message/rfc822")
    return content


def many_parts(count: int) -> bytes:
    return mail(b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n", b"multipart/mixed; boundary=b")


def cut_mail() -> bytes:
    content = attached("order.pdf", make_pdf(pages=9))
    return content[: len(content) // 2]


GERMAN = "Sehr geehrte Damen und Herren,\r\nwir bitten um Auskunft über das Konto. Grüße aus Köln \u2013 „eilig“.\r\n"
FRENCH = "Madame, Monsieur, voilà la réquisition du procureur après la garde à vue.\r\n"
NORWEGIAN = "Beløp på… kr 1 200 er betalt til Bjørn Ås.\r\n"
OTHERS = (
    ("Czech", "cp1250", "Dobrý den, platím v pátek kávu v Praze pro Jiří"),
    ("Polish", "cp1250", "Pan Łukasz był w Łodzi, może tak"),
    ("Hungarian", "cp1250", "Győző úr, kérjük önt"),
    ("Turkish", "cp1254", "Bey ısrarla çalışıyor"),
    ("Latvian", "cp1257", "Lūdzu, sūtiet bērnu vārdus šeit"),
    ("Greek", "cp1253", "Dear Sir, Καλημέρα to all of you in the office"),
    ("Russian words", "cp1251", "Dear Sir, the name of the person is Иван, thank you"),
    ("Norwegian for DOS", "cp850", "Beløp er betalt til Bjørn"),
)
SCRIPTS = (
    "Привет שלום مرحبا 你好 こんにちは 안녕 ไทย हिन्दी 🚓 \U0001f468\u200d\U0001f469\u200d\U0001f467 "
    "\u202eexe.txt\u202c e\u0301\u0302\u0303 \ufeff\u2028\u2029\ufffe\n"
)

SEEDS: dict[str, Callable[[], bytes]] = {
    "note.txt": (GERMAN * 20).encode,
    "wide.txt": lambda: (GERMAN * 20).encode("utf-16"),
    "old.txt": lambda: (GERMAN * 20).encode("cp1252"),
    "scripts.txt": (SCRIPTS * 50).encode,
    "people.csv": lambda: b"uid;mail;note\r\n" + b'1;a@b.example;"long; ""quoted"" note"\r\n' * 50,
    "plain.eml": mail,
    "files.eml": lambda: attached("order.pdf", make_pdf(), kind="application/pdf"),
    "page.eml": lambda: mail(b"<html><body><p>Hello<br>you<script>x</script></body></html>", b"text/html"),
    "forwarded.eml": partial(nested_mails, 2),
}

A, R = "accepted", "refused"
ELSE = "something else"
CASES: dict[str, Entry] = {
    "text of nothing but zeros": ("a.txt", lambda: bytes(MB), R, ELSE),
    "text with one zero at the end": ("a.txt", lambda: b"a\n" * MB + b"\0", R, ELSE),
    "text of one line of 5 MB": ("a.txt", lambda: b"a" * 5 * MB, A, ""),
    "text of 5 million lines": ("a.txt", lambda: b"\n" * 5 * MB, A, ""),
    "text of 3 MB of tabs": ("a.txt", lambda: b"\t" * 3 * MB, A, ""),
    "text of 1 MB of marks over one letter": ("a.txt", ("a" + "\u0301" * 500_000).encode, A, ""),
    "text in all scripts": ("a.txt", (SCRIPTS * 2000).encode, A, ""),
    "text of all characters": (
        "a.txt",
        lambda: "".join(chr(n) for n in range(32, 0x11000) if not 0xD800 <= n < 0xE000).encode(),
        "",
        "",
    ),
    "text in UTF-16": ("a.txt", lambda: GERMAN.encode("utf-16"), A, ""),
    "text in UTF-16 of the other kind": ("a.txt", lambda: b"\xfe\xff" + GERMAN.encode("utf-16-be"), A, ""),
    "text in half of UTF-16": ("a.txt", lambda: GERMAN.encode("utf-16")[:-1], R, "not in UTF-8"),
    "text in UTF-16 without its mark": ("a.txt", lambda: GERMAN.encode("utf-16-le"), R, ELSE),
    "text in UTF-32": ("a.txt", lambda: GERMAN.encode("utf-32"), R, ELSE),
    "German in Windows-1252": ("a.txt", lambda: GERMAN.encode("cp1252"), A, ""),
    "French in Windows-1252": ("a.txt", lambda: FRENCH.encode("cp1252"), A, ""),
    "Norwegian in Windows-1252": ("a.txt", lambda: NORWEGIAN.encode("cp1252"), A, ""),
    "German in Windows-1252, 3 MB of it": ("a.txt", lambda: GERMAN.encode("cp1252") * 30_000, A, ""),
    "a table in Windows-1252": ("a.csv", lambda: "navn;by\r\nSøren;Ålborg\r\n".encode("cp1252"), A, ""),
    **{
        f"{name} in {codec}": ("a.txt", partial(words.encode, codec), R, "not in UTF-8")
        for name, codec, words in OTHERS
    },
    "Russian in Windows-1251": ("a.txt", lambda: "Привет из Москвы, друзья".encode("cp1251"), R, "not in UTF-8"),
    "German in DOS": (
        "a.txt",
        lambda: GERMAN.replace("\u2013", "-").replace("„", '"').replace("“", '"').encode("cp850"),
        R,
        "UTF-8|else",
    ),
    "UTF-8 with one wrong byte": ("a.txt", lambda: GERMAN.encode() * 9 + b"\xff" + GERMAN.encode(), R, "not in UTF-8"),
    "a web page named as text": ("a.txt", lambda: b"<html><script>alert(1)</script></html>", R, ELSE),
    "a program named as text": ("a.txt", make_exe, R, ELSE),
    "PHP named as text": ("a.txt", lambda: b"<?php system($_GET['c']); ?>\n", R, ELSE),
    "a script for the shell named as text": ("a.txt", lambda: b"#!/bin/sh\nrm -rf /\n", R, ELSE),
    "a table of 20,000 columns": ("a.csv", lambda: b",".join(b"%d" % n for n in range(20_000)) + b"\n" * 9, A, ""),
    "a table of 500,000 rows": ("a.csv", lambda: b"a,b,c\n" + b"1,2,3\n" * 500_000, A, ""),
    "a table with a quote that never ends": ("a.csv", lambda: b'a,b\n1,"' + b"x\n" * 2 * MB, A, ""),
    "a table of nothing but quotes": ("a.csv", lambda: b'"' * MB, "", ""),
    "a table of formulas": ("a.csv", lambda: b"a,b\n=cmd|' /C calc'!A1,@SUM(1)\n", A, ""),
    "an empty table": ("a.csv", lambda: b"\n", R, ELSE),
    "a mail": ("a.eml", mail, A, ""),
    "a mail with a PDF": ("a.eml", SEEDS["files.eml"], A, ""),
    "a mail with a program": ("a.eml", lambda: attached("invoice.exe", make_exe()), R, "can run"),
    "a mail with a program named as PDF": ("a.eml", lambda: attached("invoice.pdf", make_exe()), R, "can run"),
    "a mail with a script": ("a.eml", lambda: attached("invoice.pdf.js", b"alert(1)"), R, "can run"),
    "a mail with a link": ("a.eml", lambda: attached("invoice.lnk", b"x"), R, "can run"),
    "a mail with an archive": ("a.eml", lambda: attached("files.zip", pack({"a.exe": "x"})), R, "looked into"),
    "a mail with an archive named as Word": (
        "a.eml",
        lambda: attached("a.doc", pack({"a.exe": "x"})),
        R,
        "looked into",
    ),
    "a mail with a page": ("a.eml", lambda: attached("login.html", b"<html>", kind="text/html"), R, "can run"),
    "a mail that was cut off": ("a.eml", cut_mail, R, "end of the mail is missing"),
    "a mail of 10,000 parts in each other": ("a.eml", partial(nested_parts, 10_000), R, "without end"),
    "a mail of 150 parts in each other": ("a.eml", partial(nested_parts, 150), R, "without end|end of the mail"),
    "a mail of 5,000 mails in each other": ("a.eml", partial(nested_mails, 5000), R, "without end"),
    "a mail in a mail": ("a.eml", partial(nested_mails, 1), A, ""),
    "a mail of 100,000 parts": ("a.eml", partial(many_parts, 100_000), R, "more than 500 parts"),
    "a mail of 200,000 headers": ("a.eml", lambda: mail(head=HEAD + b"X-A: b\r\n" * 200_000), A, ""),
    "a mail with a header of 5 MB": ("a.eml", lambda: mail(head=HEAD + b"X-A: " + b"b" * 5 * MB + b"\r\n"), A, ""),
    "a mail with a subject of 100,000 words": (
        "a.eml",
        lambda: mail(head=HEAD.replace(b"Subject:", b"Subject: " + b"=?utf-8?q?x?= " * 100_000)),
        A,
        "",
    ),
    "a mail in an unknown set of characters": (
        "a.eml",
        lambda: mail(b"\xff\xfe", b"text/plain; charset=klingon"),
        A,
        "",
    ),
    "a mail with a name that decodes badly": (
        "a.eml",
        lambda: mail(b"x", b"application/pdf; name*0*=utf-8''%ff; name*1=\"=?x?y?z?=\""),
        "",
        "",
    ),
    "a mail whose page has 100,000 levels": ("a.eml", lambda: mail(b"<div>" * 100_000 + b"x", b"text/html"), A, ""),
    "a mail whose page never ends": ("a.eml", lambda: mail(b"<" * 500_000 + b"!--" * 100_000, b"text/html"), "", ""),
    "a mail without a sender": ("a.eml", lambda: mail(head=HEAD.replace(b"From", b"Form")), R, "no sender and date"),
    "a mail without a date": (
        "a.eml",
        lambda: mail(head=HEAD.replace(b"+0000", b"").replace(b"Date", b"Day")),
        R,
        "no sender",
    ),
    "a text named as mail": ("a.eml", GERMAN.encode, R, "no sender"),
    "a mail with zeros": ("a.eml", lambda: mail(b"a\0b"), R, ELSE),
    "a PDF named as mail": ("a.eml", make_pdf, R, ELSE),
}
