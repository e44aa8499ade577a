"""What the source itself shows: classes of findings that would come back with one careless line."""

import ast
import re
import re._parser as parser  # the reader of patterns that re itself uses
from pathlib import Path
from pyexpat import EXPAT_VERSION

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from foundation.notifications.hooks.addresses import AddressRefused, split

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "requests_app", "preservation", "foundation", "lers")
SOURCES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def _dotted(node: ast.AST) -> str:
    """The name of what is called, as far as it is one."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


# Of each file once: what is looked at below, and every call with its name.
_WANTED = (ast.Call, ast.FunctionDef, ast.Try, ast.ImportFrom, ast.Constant)
NODES = [(name, node) for name, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, _WANTED)]
CALLS = [(name, node, _dotted(node.func)) for name, node in NODES if isinstance(node, ast.Call)]


def calls(pattern: str) -> set[str]:
    """The files in which something is called whose name matches."""
    return {name for name, _node, called in CALLS if re.search(pattern, called)}


def test_weak_hashes_stand_only_where_a_format_of_others_asks_for_them():
    """WinZip AE-2 is built on SHA-1; S3 compares pieces by MD5, and every piece has a SHA-256 of ours besides."""
    weak = calls(r"\b(md5|sha1)$")
    weak |= {
        name
        for name, node, _called in CALLS
        for value in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(value, ast.Constant) and str(value.value).lower() in {"md5", "sha1", "sha-1"}
    }
    assert weak == {"foundation/documents/aes_zip.py", "foundation/documents/bucket.py"}
    for _name, node, called in CALLS:
        assert called != "hashlib.md5" or any(keyword.arg == "usedforsecurity" for keyword in node.keywords)


def test_no_shell_and_no_temporary_file_that_another_process_opens_by_its_name():
    assert calls(r"^os\.(system|popen)$|mktemp$|NamedTemporaryFile|mkstemp") == set()
    shells = [name for name, node, _called in CALLS if any(keyword.arg == "shell" for keyword in node.keywords)]
    assert shells == []
    # Folders of mode 0700 under names that nobody can guess.
    assert calls(r"mkdtemp|TemporaryDirectory") <= {"foundation/documents/office.py", "lers/embedded/places.py"}


def test_nothing_is_unpickled_and_no_yaml_makes_objects():
    assert calls(r"^(pickle|marshal|shelve|dill)\.|^yaml\.(unsafe_|full_)") == set()
    for name, node, called in CALLS:
        assert called != "yaml.load" or "Safe" in ast.unparse(node), name


def test_no_sql_compares_words_of_people_with_like():
    """Django's contains and startswith escape % and _; raw LIKE would not, and there is none."""
    raw = [
        name
        for name, node in NODES
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\bI?LIKE\s+%", node.value)
    ]
    assert raw == []
    assert calls(r"\.extra$") == set()


def test_no_text_of_people_is_marked_as_html():
    """There is nothing that turns words into HTML: no Markdown, no cleaner that could grow old."""
    unsafe = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off|\|\s*safeseq\b", path.read_text(encoding="utf-8"))
    ]
    assert unsafe == []
    assert not re.search(r"(?m)^(bleach|markdown|docutils|nh3)\b", (ROOT / "requirements.txt").read_text())


def test_xml_of_others_is_read_where_entities_are_refused():
    """expat bounds entities itself since 2.4.1; the parsers of uploads refuse them before that."""
    assert tuple(map(int, EXPAT_VERSION.removeprefix("expat_").split("."))) >= (2, 4, 1)
    trees = {
        name
        for name, node in NODES
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("xml.")
        and any(alias.name in {"fromstring", "parse", "iterparse", "XML"} for alias in node.names)
    }
    assert trees == {"foundation/core/typesetter.py"}  # reads what the portal itself wrote


def _nested(parsed: parser.SubPattern, *, inside: bool = False) -> bool:
    """Say whether a repeat without an end stands within another one, of which both can take the same letter."""
    for kind, value in parsed:
        if str(kind) in {"MAX_REPEAT", "MIN_REPEAT"}:
            _least, most, body = value
            endless = most == parser.MAXREPEAT
            alone = all(str(part) in {"MAX_REPEAT", "MIN_REPEAT"} and inner[0] == 0 for part, inner in body)
            if (inside and endless) or _nested(body, inside=(inside or endless) and (alone or len(body) == 1)):
                return True
        bodies = [value[3]] if str(kind) == "SUBPATTERN" else value[1] if str(kind) == "BRANCH" else []
        if any(_nested(body, inside=inside and len(body) == 1) for body in bodies):
            return True
    return False


def test_no_pattern_repeats_a_repeat():
    """(a+)+ takes time that doubles with each letter; the test shows first that it would see one."""
    assert _nested(parser.parse(r"^(a+)+$"))
    assert _nested(parser.parse(r"(?:(?:x*)|y)*z"))
    found = []
    for name, node, called in CALLS:
        if not (re.search(r"^re\.|RegexValidator", called) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        text = node.args[0].value
        found += [(name, node.lineno)] if isinstance(text, str | bytes) and _nested(parser.parse(text)) else []
    assert found == []


@given(
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["https://", "http://", "https:", "https:/", "//", "https:///"]),
        st.sampled_from(["", "a@", "a:b@", "a%40", "\\", "[::1]", "//"]),
        st.text("ab.-:[]@\\%0/?#", max_size=8),
        st.sampled_from([".example", "", ":80", ":443", "@b.example", "\\@b.example", "%2f.example"]),
        st.text("/?#@\\:ab", max_size=6),
    )
)
def test_two_readers_of_an_address_see_the_same_host(url):
    """What was checked is what is called: the standard library and urllib3 agree on whatever is let through."""
    try:
        parts, port = split(url)
    except AddressRefused:
        return
    other = parse_url(url)
    assert (other.host or "").strip("[]").lower() == parts.hostname
    assert (other.port or {"http": 80, "https": 443}[other.scheme or ""]) == port


WRITES = {"save", "create", "bulk_create", "bulk_update", "delete", "get_or_create", "update_or_create"}
# The second half of a lift, whose entry its only caller writes.
NO_ENTRY = {("requests_app/services/lifting.py", "_put")}


def test_every_service_in_which_a_person_changes_rows_writes_an_entry():
    """By the names of what is called, as far as they lead: who forgets the entry of a new act is told here."""
    functions: dict[str, list[set[str]]] = {}
    acts = []
    for name, node in NODES:
        if isinstance(node, ast.FunctionDef):
            called, changes = _called(node)
            functions.setdefault(node.name, []).append(called)
            arguments = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
            if changes and "by" in arguments and "/services/" in name:
                acts.append((name, node.name, called))
    writing = {"record", "advance"}
    while more := {name for name, all_of in functions.items() if any(one & writing for one in all_of)} - writing:
        writing |= more
    silent = {(file, name) for file, name, called in acts if not called & writing}
    assert len(acts) > 200
    assert silent == NO_ENTRY


def _called(function: ast.FunctionDef) -> tuple[set[str], bool]:
    called, changes = set(), False
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            called.add(name)
            through = isinstance(node.func, ast.Attribute)
            changes |= through and (
                name in WRITES or (name == "update" and isinstance(node.func.value, ast.Call))  # not of a dictionary
            )
    return called, changes


def test_nothing_swallows_a_failing_entry():
    """An entry that cannot be written ends the act: no except stands around record() that goes on without it."""
    swallowed = []
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Try) and any(
                isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "record"
                for statement in node.body
                for inner in ast.walk(statement)
            ):
                caught = [ast.unparse(handler.type) if handler.type else "" for handler in node.handlers]
                swallowed += [
                    (name, node.lineno, word) for word in caught if word in {"", "Exception", "BaseException"}
                ]
    assert swallowed == []


READS = re.compile(r"\.(see|read|see_\w+|export)$")


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_who_watches_holds_no_right_to_change(role):
    assert {p for p in ROLE_PERMISSIONS[role] if not READS.search(p)} == set()
    assert Permission.READ_TRAIL in ROLE_PERMISSIONS[role]
