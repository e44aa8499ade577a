"""Letters and certificates as PDF: the page is written here, and set by a process of its own.

The typesetter takes half a second to load and gives little memory back, so no web or worker process loads it. It is
told everything on standard input, reads nothing but the fonts and pictures of the portal, and asks no network.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from django.template.loader import render_to_string

from foundation.core.enclosures import Enclosure

SECONDS = 60.0
PDF = "application/pdf"
_ROOT = Path(__file__).resolve().parents[2]


class PaperFailed(Exception):
    """The typesetter ended without a PDF; its last words are the message."""


def render_pdf(
    template: str, context: dict[str, object], *, inside: Sequence[Enclosure] = (), seconds: float = SECONDS
) -> bytes:
    """Return a template as PDF/A-3a and PDF/UA-1; its assets have addresses like `assets/fonts/….woff2`."""
    return typeset(render_to_string(template, context), inside=inside, seconds=seconds)


def typeset(html: str, *, inside: Sequence[Enclosure] = (), seconds: float = SECONDS) -> bytes:
    """Return an HTML document as PDF, with these files inside."""
    listed = [
        {"name": one.name, "size": len(one.content), "description": one.description, "relationship": one.relationship}
        for one in inside
    ]
    head = [json.dumps(listed).encode(), b"\n", *(one.content for one in inside)] if inside else []
    try:
        done = subprocess.run(
            [sys.executable, "-E", "-s", "-m", "foundation.core.typesetter", *(["--with-files"] if inside else [])],
            input=b"".join([*head, html.encode()]),
            capture_output=True,
            cwd=_ROOT,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PaperFailed(f"The typesetter took longer than {seconds:.0f} s.") from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise PaperFailed(done.stderr.decode(errors="replace").strip()[-500:] or "The typesetter said nothing.")
    return done.stdout
