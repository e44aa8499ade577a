"""The table of findings is whole, and names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = [*(f"TOB-PYPI-{n}" for n in (1, 2, *range(4, 17), 23, 27, 29)), *(f"TOB-PYPI26-{n}" for n in range(1, 15))]


def test_all_32_stand_there_and_every_test_named_exists():
    text = (ROOT / "docs/audit-findings.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "| TOB-" in line]
    assert [row[0] for row in rows] == NUMBERS
    assert len(rows) == 32
    for number, was, here, tests, found in rows:
        assert was, number
        assert here, number
        assert found, number
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert named, number
        for file, name in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (number, file, name)
