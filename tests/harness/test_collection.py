import os
import re
import subprocess
import sys

import pytest

from tests.conftest import pytest_collection_modifyitems


class Item:
    """As much of a collected test as the hook looks at."""

    nodeid = "tests/test_example.py::test_example"

    def __init__(self, *fixturenames, **django_db):
        self.fixturenames = fixturenames
        self.django_db = pytest.mark.django_db(**django_db).mark if django_db else None
        self.added = []

    def get_closest_marker(self, name):
        return self.django_db if name == "django_db" else None

    def add_marker(self, name):
        self.added.append(name)


@pytest.mark.parametrize(
    ("item", "added"),
    [
        (Item(), []),
        (Item("tmp_path"), []),
        (Item("db"), ["db"]),
        (Item("committed_db", "tmp_path"), ["db"]),
        (Item(databases=["default"]), ["db"]),
    ],
)
def test_tests_that_touch_the_database_are_marked(item, added):
    pytest_collection_modifyitems([item])
    assert item.added == added


@pytest.mark.parametrize(
    "item",
    [Item("transactional_db"), Item("live_server", "db"), Item(transaction=True), Item("committed_db", "db")],
)
def test_what_would_truncate_is_refused(item):
    with pytest.raises(pytest.UsageError, match="use committed_db alone"):
        pytest_collection_modifyitems([item])


def test_the_mark_selects():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "db", "tests/harness"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_without_options())
    collected = {line.split("::")[0] for line in done.stdout.splitlines() if "::" in line}
    assert collected == {"tests/harness/test_databases.py"}, done.stdout + done.stderr


def test_a_group_stays_on_one_worker(tmp_path):
    """Versions of pytest and xdist that lose the groups do not say so: portals then start beside each other."""
    marks = "@pytest.mark.xdist_group('one')\n@pytest.mark.parametrize('n', range(6))\n"
    (tmp_path / "test_grouped.py").write_text(f"import pytest\n{marks}def test(n): pass")
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "test_grouped.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=_without_options())
    workers = re.findall(r"\[(gw\d)\].*PASSED", done.stdout)
    assert len(workers) == 6, done.stdout + done.stderr
    assert len(set(workers)) == 1, done.stdout


def _without_options():
    """Return the environment without what the tests around these were told."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
