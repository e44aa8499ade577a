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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    collected = {line.split("::")[0] for line in done.stdout.splitlines() if "::" in line}
    assert collected == {"tests/harness/test_databases.py"}, done.stdout + done.stderr
