"""`make bench ARGS=name`: runs a benchmark on servers of its own; without a name, says which there are."""

import importlib
import sys
from pathlib import Path

import django

from lers.drill.place import prepare

# The others want the data of a demo: their first lines say how they are run.
OF_THEIR_OWN = (
    "dead_neighbours", "emergency_alert", "figures", "holds", "large_package", "messages", "random_use", "search",
    "trail", "trail_alarm", "trail_append", "trail_reading",
)  # fmt: skip


def main() -> int:
    """Run the named benchmark; return its exit code."""
    names = sys.argv[1:]
    if len(names) != 1 or names[0] not in OF_THEIR_OWN:
        print("make bench ARGS=name, name one of:")
        for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
            if path.stem in {"rows", "hold_rows", "search_rows", "memory"}:
                continue
            words = path.read_text().partition('"""')[2].partition("\n")[0].rstrip('"')
            how = "" if path.stem in OF_THEIR_OWN else "  (in a demo: see the file)"
            print(f"  {path.stem:16}{words}{how}")
        return 0 if not names else 2
    place = prepare("bench")
    django.setup()
    code: int = importlib.import_module(f"benchmarks.{names[0]}").main(place)
    return code


if __name__ == "__main__":
    sys.exit(main())
