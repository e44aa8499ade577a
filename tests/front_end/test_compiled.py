"""The compiled files belong to their sources, and production can serve them."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("frontend_check", ROOT / "frontend" / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_compiled_files_are_current(check):
    assert check.problems(json.loads(check.HASHES.read_text())) == []


def test_a_changed_source_is_noticed(check):
    recorded = json.loads(check.HASHES.read_text())
    assert check.problems(recorded | {"frontend/scss/_tokens.scss": "0"}) == [
        "frontend/scss/_tokens.scss: changed since the last build"
    ]
    assert check.problems(recorded | {"frontend/scss/_gone.scss": "0"}) == ["frontend/scss/_gone.scss: missing"]
    del recorded["static/main.css"]
    assert check.problems(recorded) == ["static/main.css: not part of the last build"]


def test_the_command_line(check, capsys):
    assert check.main([]) == 0
    assert capsys.readouterr().err == ""


def test_the_lock_file_names_no_registry():
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "registry" not in text


def test_stylesheet_loads_nothing_from_elsewhere():
    css = (STATIC / "main.css").read_text()
    addresses = re.findall(r"url\(\"?([^)\"]+)\"?\)", css)
    assert addresses
    assert all((STATIC / address).is_file() for address in addresses)
    assert "@import" not in css
    assert not any("//" in address or address.startswith("data:") for address in addresses)


def test_script_makes_nothing_out_of_text():
    script = (STATIC / "portal.js").read_text()
    assert not re.search(r"\beval\(|new Function|\bFunction\(|document\.write|https?:", script)


def test_no_template_has_inline_script_or_style():
    for path in (ROOT / "templates").rglob("*.html"):
        if path.relative_to(ROOT / "templates").parts[0] in {"mail", "paper"}:
            continue  # mail programs and WeasyPrint know no stylesheet of ours
        text = re.sub(r"\{%.*?%\}", "", path.read_text())
        assert not re.search(r"<style|\sstyle=\"|\son[a-z]+=\"|javascript:", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_collectstatic(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert {"main.css", "portal.js", "assets/images/mark.svg", "assets/images/favicon.svg"} <= manifest.keys()
    css = (tmp_path / manifest["main.css"]).read_text()
    for name in re.findall(r"url\(\"?([^)\"]+)\"?\)", css):
        assert (tmp_path / name).is_file(), name
    assert (tmp_path / f"{manifest['main.css']}.gz").is_file()
