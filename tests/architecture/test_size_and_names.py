"""Code stays readable: short functions and files, no file of leftovers, texts only in three languages."""

import ast

import pytest

from tests.architecture.source import ROOT, modules, nodes

FUNCTION_LINES = 45
FILE_LINES = 500
TEMPLATE_LINES = 150
LEFTOVERS = {"utils.py", "helpers.py", "misc.py", "common.py"}


def test_functions_fit_on_a_screen():
    long = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
        for path, node in nodes(kind)
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_files_hold_one_topic():
    long = [
        f"{path} has {tree.body[-1].end_lineno} lines"
        for path, tree in modules().items()
        if tree.body and tree.body[-1].end_lineno > FILE_LINES
    ]
    assert not long, "\n".join(long)


def test_templates_are_short():
    paths = (p for p in (ROOT / "templates").rglob("*.html"))
    long = [str(p.relative_to(ROOT)) for p in paths if len(p.read_text(encoding="utf-8").splitlines()) > TEMPLATE_LINES]
    assert not long, "\n".join(long)


def test_no_file_of_leftovers():
    assert not [path for path in modules() if path.rsplit("/", 1)[-1] in LEFTOVERS]


@pytest.mark.parametrize(
    "path",
    [p for p in modules() if not p.endswith(("__init__.py", "apps.py"))],
    ids=lambda p: p,
)
def test_a_module_opens_by_saying_what_belongs_in_it(path: str):
    assert ast.get_docstring(modules()[path])
