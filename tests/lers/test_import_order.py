"""The import contracts: kept by the code as it is, broken by what is planted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PACKAGES = ["lers", "requests_app", "preservation", "accounts", "foundation"]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code in which mistakes can be planted."""
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)
    for name in PACKAGES:
        shutil.copytree(settings.BASE_DIR / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Check the contracts of the code in that folder."""
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_code_keeps_the_contracts(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("foundation/core/planted.py", "from accounts import permissions"),
        ("foundation/audit/planted.py", "from foundation.core import workflow"),
        ("foundation/legal/planted.py", "from foundation.documents import models"),
        ("accounts/planted.py", "from preservation import models"),
        ("preservation/planted.py", "from requests_app import models"),
        ("requests_app/planted.py", "from lers import settings"),
        # Inside an app.
        ("preservation/enums.py", "import preservation.services"),
        ("requests_app/services/planted.py", "import requests_app.views"),
        ("requests_app/enums.py", "import requests_app.models"),
        ("accounts/states.py", "import accounts.services"),
    ],
)
def test_planted_upward_import_is_found(copy: Path, module: str, line: str) -> None:
    path = copy / module
    with path.open("a") as file:
        file.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    importer, imported = module.removesuffix(".py").replace("/", "."), line.split()[1]
    assert f"{importer} -> {imported}" in done.stdout
