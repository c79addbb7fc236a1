"""The product's own source, parsed once for the rules that hold over all of it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("fleetportal", "accounts", "sims", "groupbundles", "billing", "tickets")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its path from the root; migrations are left out."""
    paths = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
        if "migrations" not in path.parts
    }


def nodes(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a kind with the path of its module."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield path, node


def unexplained(found: set[str], allowed: dict[str, str]) -> str:
    """What breaks a rule: findings that are not allowed, and allowances that are no longer needed."""
    problems = [f"not allowed: {name}" for name in sorted(found - allowed.keys())]
    problems += [f"allowance is stale: {name}" for name in sorted(allowed.keys() - found)]
    problems += [f"allowance without a reason: {name}" for name, reason in allowed.items() if len(reason) < 10]
    return "\n".join(problems)
