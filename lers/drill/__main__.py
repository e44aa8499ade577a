"""Entry point of `make drill`: the place first, then the settings, then everything that needs them.

`python -m lers.drill faults` breaks things only, `impostors` plays the impostors only, `holds` breaks things while
holds are reminded of and end; without a word it does all three.
"""

import importlib
import os
import sys

import django

from lers.drill.place import free_port, prepare

# Holds come last: their time runs ahead of the machine's.
_PARTS = {"faults": "lers.drill.run", "impostors": "lers.drill.impostors.run", "holds": "lers.drill.holds"}


def main(words: list[str]) -> int:
    """Run what is named; return the exit code, which is 1 where any part failed."""
    # Choosing faults has always meant those alone.
    wanted = words or (["faults"] if os.environ.get("DRILL_FAULTS") else list(_PARTS))
    if unknown := [word for word in wanted if word not in _PARTS]:
        raise SystemExit(f"No such part of the drill: {', '.join(unknown)}. There are: {', '.join(_PARTS)}.")
    place = prepare("drill")
    port = os.environ.setdefault("PORT", str(free_port()))
    os.environ.setdefault("PUBLIC_URL", f"http://localhost:{port}")
    django.setup()
    codes: list[int] = [importlib.import_module(_PARTS[part]).main(place) for part in wanted]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
