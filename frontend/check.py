# ruff: noqa: INP001 - a script beside its sources, not a module
"""Tells whether static/main.css, portal.js, uploads.js and verify.js were compiled from the sources beside this file.

Nobody needs npm to run or test the portal, so the compiled files are committed. hashes.json holds the SHA-256 of
every source and of every output; `npm run build` rewrites it (`check.py --write`), `make check` compares it.
"""

import hashlib
import json
import sys
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent
ROOT = FRONTEND.parent
HASHES = FRONTEND / "hashes.json"
SOURCES = ("main.scss", "*.js", "package.json", "package-lock.json", "scss/*.scss")
OUTPUTS = ("main.css", "portal.js", "uploads.js", "verify.js")


def current() -> dict[str, str]:
    """The hashes of the files as they are now, by path from the root of the repository."""
    sources = sorted(path for pattern in SOURCES for path in FRONTEND.glob(pattern))
    files = [*sources, *(ROOT / "static" / name for name in OUTPUTS)]
    return {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def problems(recorded: dict[str, str]) -> list[str]:
    """What differs from the last build, one line for each file; empty if nothing does."""
    now = current()
    lines = [
        f"{name}: changed since the last build" for name in now if name in recorded and now[name] != recorded[name]
    ]
    lines += [f"{name}: not part of the last build" for name in now.keys() - recorded.keys()]
    lines += [f"{name}: missing" for name in recorded.keys() - now.keys()]
    if '"resolved"' in (FRONTEND / "package-lock.json").read_text():
        lines.append('frontend/package-lock.json: names a registry; remove the lines with "resolved"')
    return sorted(lines)


def main(arguments: list[str]) -> int:
    """Write the hashes (`--write`) or compare them; exit status 1 if the compiled files are not current."""
    if arguments == ["--write"]:
        HASHES.write_text(json.dumps(current(), indent=2) + "\n")
        return 0
    found = problems(json.loads(HASHES.read_text()))
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("The front end is not current: run `npm ci && npm run build` in frontend/.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
