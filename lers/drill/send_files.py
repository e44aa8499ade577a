"""`python -m lers.drill.send_files COUNT`: sends files in a process of its own, and says what became of them."""

import json
import sys
from dataclasses import asdict

import django

django.setup()

from lers.drill import files  # noqa: E402 - needs the settings

sys.stdout.write(json.dumps(asdict(files.send(int(sys.argv[1])))))
