"""Every kind of audit event is expected by a test, so that none can silently stop being written."""

import ast
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import pytest

from tests.architecture.source import APPS, ROOT

KINDS = sorted(
    f"{app}.{kind.name}"
    for app in APPS
    if find_spec(f"{app}.enums")
    for kind in getattr(import_module(f"{app}.enums"), "AuditKind", ())
)


@cache
def expected_in_tests() -> set[str]:
    """Names of the kinds that stand as first argument of ``expect_audit(AuditKind.X, …)`` anywhere under tests/."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "expect_audit" and node.args:
                found.add(getattr(node.args[0], "attr", ""))
    return found


def test_there_are_kinds():
    assert KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_test_expects_this_kind(kind: str):
    assert kind.split(".")[1] in expected_in_tests()
