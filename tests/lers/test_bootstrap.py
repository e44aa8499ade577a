"""What the Makefile calls first: makes the environment once, anew when half-finished, and says what is missing."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

SOURCE = settings.BASE_DIR / "lers" / "bootstrap.py"


@pytest.fixture
def bootstrap() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without dependencies, whose manage.py says that it ran."""
    (tmp_path / "lers").mkdir()
    shutil.copy(SOURCE, tmp_path / "lers")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "manage.py").write_text("import sys; print('ran', sys.prefix, *sys.argv[1:])\n")
    return tmp_path


def manage(project: Path) -> "subprocess.CompletedProcess[str]":
    """Run the script as make manage does."""
    command = [sys.executable, "lers/bootstrap.py", "manage", "something"]
    environment = os.environ | {"PIP_NO_INDEX": "1"}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_environment_is_made_once_and_again_when_it_is_broken(project: Path) -> None:
    first = manage(project)
    assert "Making .venv" in first.stdout
    assert f"ran {project / '.venv'} something" in first.stdout

    second = manage(project)
    assert second.stdout == f"ran {project / '.venv'} something\n"

    # A first run that was stopped while venv was at work.
    (project / ".venv" / "bin" / "python").unlink()
    third = manage(project)
    assert "Making .venv" in third.stdout
    assert "ran" in third.stdout

    (project / "requirements.txt").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    failed = manage(project)
    assert failed.returncode == 1
    assert "could not be installed (see above). The next run tries again." in failed.stderr
    assert "ran" not in failed.stdout

    (project / "requirements.txt").write_text("# nothing\n")
    assert "ran" in manage(project).stdout


def test_missing_library_is_named_with_the_command(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "opens", lambda library: "pango-1.0" not in library)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    missing = bootstrap.missing_libraries()
    with pytest.raises(SystemExit) as end:
        bootstrap.require_system_packages(missing, "libraries", optional=False)
    assert end.value.code == 2
    assert "sudo apt-get install libpango-1.0-0\n" in capsys.readouterr().err


def test_root_on_debian_installs_what_is_missing(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], **kwargs: object) -> "subprocess.CompletedProcess[str]":
        calls.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    bootstrap.require_system_packages(["chromium"], "programs", optional=False)
    assert calls[-1][:3] == ["apt-get", "install", "-y"]
    assert calls[-1][-1] == "chromium"


def test_allow_missing_says_what_is_skipped(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.require_system_packages(["chromium"], "programs", optional=True)
    assert capsys.readouterr().out == "ALLOW_MISSING=1: tests that need chromium are skipped.\n"


def test_libraries_are_those_that_the_code_opens(bootstrap: ModuleType) -> None:
    assert bootstrap.missing_libraries() == []
    assert not bootstrap.opens("libnothing-of-the-kind.so.9")
