"""docker-compose.yml and Dockerfile, as far as that can be seen without an engine."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from jsonschema import Draft201909Validator

from foundation.documents.keys import parse_master_keys
from foundation.documents.scanner import ANSWER_SECONDS
from lers.runner import services

ROOT = settings.BASE_DIR
SCHEMA = json.loads((Path(__file__).parent / "data" / "compose-spec.json").read_text())
PORTAL = {"migrate", "web", "transfers", "worker", "urgent", "beat", "storage-bucket"}


class Strict(yaml.SafeLoader):
    """Reads as compose does: a name that stands twice in one mapping is refused, not overwritten."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _value in node.value if key.value != "<<"]
        if twice := {name for name in names if names.count(name) > 1}:
            raise yaml.YAMLError(f"{sorted(twice)} stands twice")
        return super().construct_mapping(node, deep)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file with its anchors resolved, as compose reads it."""
    loaded: dict[str, Any] = yaml.load((ROOT / "docker-compose.yml").read_text(), Loader=Strict)
    return loaded


def test_file_follows_the_compose_schema(compose: dict[str, Any]) -> None:
    assert [error.message for error in Draft201909Validator(SCHEMA).iter_errors(compose)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [(("services", "web", "comand"), "x"), (("services", "web", "ports"), 8000), (("volumes",), ["portal"])],
)
def test_schema_finds_a_planted_mistake(compose: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    broken = json.loads(json.dumps(compose))
    place = broken
    for word in path[:-1]:
        place = place[word]
    place[path[-1]] = value
    assert list(Draft201909Validator(SCHEMA).iter_errors(broken))


@pytest.mark.parametrize(
    ("name", "command"),
    [("web", services.WEB), ("worker", services.WORKER), ("urgent", services.URGENT), ("beat", services.BEAT)],
)
def test_commands_are_those_of_the_runner(compose: dict[str, Any], name: str, command: str) -> None:
    assert compose["services"][name]["command"] == command


def test_reference_company_is_started_only_when_asked_for_and_speaks_tls(compose: dict[str, Any]) -> None:
    company = compose["services"]["company"]
    assert company["profiles"] == ["company"]
    assert company["command"].startswith(services.COMPANY)
    assert "--certificate" in company["command"]
    assert "--faults" not in company["command"]
    assert all("company" not in service.get("depends_on", {}) for service in compose["services"].values())


def test_image_starts_the_web_server_by_default() -> None:
    default = re.search(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert default
    assert " ".join(json.loads(default[1])) == services.WEB


def test_everything_a_service_names_is_there(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        for other, how in service.get("depends_on", {}).items():
            assert other in compose["services"], name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][other], f"{name} waits for the health of {other}"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in compose["volumes"], volume


def test_the_front_server_is_told_what_its_own_pages_say(compose: dict[str, Any]) -> None:
    front = compose["services"]["front"]
    asked = set(re.findall(r"\$\{(\w+)\}", (ROOT / "docker" / "front" / "told.conf.template").read_text()))
    assert asked == {"EMERGENCY_PHONE", "HSTS_SECONDS"}
    assert {name: front["environment"][name] for name in asked} == {
        name: compose["services"]["web"]["environment"][name] for name in asked
    }
    assert f"./docker/front:{front['environment']['NGINX_ENVSUBST_TEMPLATE_DIR']}:ro" in front["volumes"]
    assert front["environment"]["NGINX_ENVSUBST_OUTPUT_DIR"] == "/tmp"  # in memory, where nginx.conf looks


def test_only_the_migration_has_the_owners_password(compose: dict[str, Any]) -> None:
    holders = {name for name in PORTAL if "database_owner_url" in compose["services"][name].get("secrets", [])}
    assert holders == {"migrate"}


def test_nothing_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for name in PORTAL:
        environment = compose["services"][name]["environment"]
        assert environment["ENVIRONMENT"] == "production"
        secret = {key for key in environment if re.search("(?<!PASS)KEY|DATABASE|REDIS|STORAGE", key)}
        assert environment["SSO_OIDC_CLIENT_SECRET"] == "${SSO_OIDC_CLIENT_SECRET:-}"
        assert all(key.endswith("_FILE") and environment[key].startswith("/run/secrets/") for key in secret)


def test_nothing_is_open_to_the_network(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_scanner_admits_what_it_did_not_look_at(compose: dict[str, Any]) -> None:
    lines = [line.split() for line in (ROOT / "docker" / "clamd.conf").read_text().splitlines()]
    said = {words[0]: words[1] for words in lines if len(words) == 2}
    for name in ("StreamMaxLength", "MaxFileSize", "MaxScanSize"):
        assert said[name].endswith("M")
        assert settings.CLAMD_MAX_BYTES <= int(said[name][:-1]) * 1024**2 < 2 * 1024**3
    assert said["AlertExceedsMax"] == said["AlertEncrypted"] == "yes"
    assert int(said["MaxScanTime"]) / 1000 < ANSWER_SECONDS
    # In memory, and large enough for so many files at once with what is unpacked from them.
    place = next(entry for entry in compose["services"]["clamav"]["tmpfs"] if entry.startswith("/tmp:"))
    assert said["TemporaryDirectory"] == "/tmp"
    most = 2 * int(said["MaxThreads"]) * settings.CLAMD_MAX_BYTES
    assert int(re.search(r"size=([0-9]+)g", place)[1]) * 1024**3 >= most


def test_secrets_are_made_once_and_fit(compose: dict[str, Any], tmp_path: Path) -> None:
    path = ROOT / "docker" / "make_secrets.py"
    spec = importlib.util.spec_from_file_location("make_secrets", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path / "secrets"
    made = module.make_all(folder)
    assert set(made) == set(compose["secrets"])
    assert folder.stat().st_mode & 0o777 == 0o700
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert module.make_all(folder) == []
    assert parse_master_keys(before["document_master_keys"])
    assert urlsplit(before["database_url"]).password == before["app_password"]
    assert urlsplit(before["database_owner_url"]).password == before["owner_password"]
    _settings_load(folder, compose)


def _settings_load(folder: Path, compose: dict[str, Any]) -> None:
    """The whole production environment of the web service, with the made files, passes Django's own checks."""
    given = compose["services"]["migrate"]["environment"]
    environment = {name: _default(value).replace("/run/secrets", str(folder)) for name, value in given.items()}
    environment |= {
        "PUBLIC_URL": "https://requests.meridian.example",
        "ALLOWED_HOSTS": "requests.meridian.example",
        "SITE_NAME": "Meridian",
        "EMERGENCY_PHONE": "+44 20 7946 0112",
        "STAFF_EMAIL_DOMAINS": "meridian.example",
        "EMAIL_URL": "smtp://mail:1025",
        "AUDIT_PUBLISH_DIR": "/srv/anchors",  # or an authority: without either the check says what is missing
        "VAR": str(folder.parent / "var"),
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _sign_in_is_as_without_the_file(environment)


def _default(value: str) -> str:
    """What compose makes of "${NAME:-default}" where nobody sets NAME; nothing where it must be set."""
    found = re.fullmatch(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)\}", value)
    return (found[1] or "") if found else value


def _sign_in_is_as_without_the_file(environment: dict[str, str]) -> None:
    """What the file says where nobody sets anything is what the settings say by themselves."""
    names = sorted(name for name in _asked_for() if name != "SSO_OIDC_CLIENT_SECRET")
    script = (
        "import json, sys; from django.conf import settings;"
        "print(json.dumps({n: getattr(settings, n) for n in sys.argv[1:] if hasattr(settings, n)}))"
    )
    said = []
    for given in (environment, {key: value for key, value in environment.items() if key not in names}):
        full = given | {"DJANGO_SETTINGS_MODULE": "lers.settings"}
        command = [sys.executable, "-c", script, *names]
        done = subprocess.run(command, cwd=ROOT, env=full, capture_output=True, text=True, check=True)
        said.append(json.loads(done.stdout))
    assert said[0] == said[1]
    assert said[0]["PASSKEY_FOR_DECISIONS"] is True


def _asked_for() -> set[str]:
    """The settings of signing in that the code reads from the environment."""
    text = "".join((ROOT / "lers" / name).read_text() for name in ("settings.py", "single_sign_on.py"))
    read = re.findall(r'(?:env\.\w+|read_address)\(\s*"(\w+)"', text)
    return {name for name in read if re.match("SSO_|IDLE_|STEP_UP_|FACTOR_|PASSKEY_", name)}


def test_every_setting_of_signing_in_is_handed_on_and_explained(compose: dict[str, Any]) -> None:
    assert len(_asked_for()) >= 13
    for name in PORTAL:
        assert _asked_for() <= set(compose["services"][name]["environment"]), name
    explained = (ROOT / "docs" / "single-sign-on.md").read_text()
    assert [name for name in _asked_for() if name.startswith("SSO_") and name not in explained] == []
