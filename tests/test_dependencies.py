"""Every package that the code imports is declared, so that no release of another package can take it away."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
OWN = {"paperlake", "pipelines"}
FILES = sorted([*(PROJECT / "src").rglob("*.py"), *(PROJECT / "pipelines").rglob("*.py")])
META = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def normalised(name: str) -> str:
    """The name of a distribution as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(requirement: str) -> str:
    return normalised(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])


def declared(*extras: str) -> set[str]:
    listed = [META["dependencies"], *(META["optional-dependencies"][extra] for extra in extras)]
    return {distribution(requirement) for requirements in listed for requirement in requirements}


def imported(file: Path) -> set[str]:
    """The third-party top-level modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - OWN - set(sys.stdlib_module_names)


PROVIDERS = importlib.metadata.packages_distributions()


def undeclared(file: Path) -> set[str]:
    """The imports of a file whose distribution is not among the dependencies."""
    allowed = declared("openvino", "ray", "serve", "object-store", "notify")
    missing = set()
    for name in imported(file):
        # A module whose extra is not installed has the name of its distribution.
        providers = {normalised(provider) for provider in PROVIDERS.get(name, [name])}
        if not providers & allowed:
            missing.add(name)
    return missing


@pytest.mark.parametrize(
    "file",
    FILES,
    ids=[str(file.relative_to(PROJECT)) for file in FILES],
)
def test_imports_are_declared(file: Path) -> None:
    assert undeclared(file) == set()


def test_an_undeclared_import_is_found(tmp_path: Path) -> None:
    """The check itself fails where it should: pluggy is installed with pytest, and not declared."""
    file = tmp_path / "module.py"
    file.write_text("def f():\n    import pluggy\n    from PIL import Image\n    import json\n")
    assert undeclared(file) == {"pluggy"}


def test_every_dependency_is_pinned() -> None:
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    pinned = {distribution(line) for line in lines if line and not line.startswith("#")}
    assert (
        declared(
            "openvino", "ray", "serve", "object-store", "notify", "postgres", "bench", "dev", "validation"
        )
        - {"paperlake"}
        <= pinned
    )  # an extra of its own
