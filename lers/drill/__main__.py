"""Entry point of `make drill`: the place first, then the settings, then everything that needs them."""

import importlib
import sys

import django

from lers.drill.place import prepare


def main() -> int:
    """Run a drill; return the exit code."""
    place = prepare("drill")
    django.setup()
    code: int = importlib.import_module("lers.drill.run").main(place)
    return code


if __name__ == "__main__":
    sys.exit(main())
