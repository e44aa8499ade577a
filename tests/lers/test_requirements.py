"""The lock files: complete for every supported Python, with hashes, and naming what the code imports."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = settings.BASE_DIR
LOCKS = {"requirements.txt": "requirements.in", "requirements-dev.txt": "requirements-dev.in"}
OWN = {"lers", "requests_app", "preservation", "accounts", "foundation", "tests"}
PYTHONS = ["3.11.0", "3.11.2", "3.12.3", "3.13.0", "3.14.0"]


def names(path: Path) -> set[str]:
    """Return the packages of a requirements file."""
    found = (re.match(r"([A-Za-z0-9][\w.-]*)", line) for line in path.read_text().splitlines())
    return {canonicalize_name(match[1]) for match in found if match}


def imports(folder: Path) -> Iterator[str]:
    """Return the top-level modules that the folder's code imports."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^-|(?<!requirements )file:", text, re.MULTILINE)
    entries = re.split(r"\n(?=[a-z0-9])", "\n" + text)[1:]
    assert entries
    assert [entry for entry in entries if not re.match(r"[\w.\[\]-]+==\S+ .*\\\n +--hash=sha256:", entry)] == []


@pytest.mark.parametrize(("lock", "source"), LOCKS.items())
def test_lock_holds_what_is_asked_for(lock: str, source: str) -> None:
    assert names(ROOT / source) <= names(ROOT / lock)


def test_code_imports_only_what_is_asked_for() -> None:
    providers = packages_distributions()
    asked = names(ROOT / "requirements.in")
    for app in sorted(OWN - {"tests"}):
        foreign = {name for name in imports(ROOT / app) if name not in sys.stdlib_module_names | OWN}
        for module in foreign - {"_typeshed"}:
            owners = {canonicalize_name(name) for name in providers.get(module, [])}
            assert owners & asked, f"{app} imports {module}: name its package in requirements.in"


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_is_complete_on_other_pythons(python: str) -> None:
    """--require-hashes refuses a dependency that only another Python needs and that the lock does not have."""
    locked = {name for lock in LOCKS for name in names(ROOT / lock)}
    missing = [
        f"{name} needs {text}"
        for name in locked
        for text in distribution(name).requires or []
        if _applies(Requirement(text), python) and canonicalize_name(Requirement(text).name) not in locked
    ]
    assert missing == []


def _applies(requirement: Requirement, python: str) -> bool:
    if requirement.marker is None:
        return True
    version = {"python_version": python.rpartition(".")[0], "python_full_version": python, "extra": ""}
    return requirement.marker.evaluate(version)
