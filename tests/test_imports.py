"""What is loaded when: the library knows no Dagster, and nothing heavy comes before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "transformers", "sklearn", "scipy", "matplotlib", "umap", "openvino", "ray")


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    return set(done.stdout.split())


def test_the_definitions_load_nothing_heavy() -> None:
    loaded = loaded_by("from pipelines.definitions import build_definitions; build_definitions()")
    assert "dagster" in loaded
    assert not loaded & set(HEAVY)


def test_the_command_line_loads_neither_dagster_nor_a_model() -> None:
    loaded = loaded_by(
        "import paperlake.cli, paperlake.status, paperlake.search, paperlake.warehouse.reading, paperlake.report.stage"
    )
    assert not loaded & {*HEAVY, "dagster", "pipelines"}


def test_a_search_loads_no_checks_of_tables() -> None:
    assert not loaded_by("import paperlake.cli, paperlake.search") & {*HEAVY, "pandera", "jinja2"}


def test_a_run_without_news_loads_nothing_that_builds() -> None:
    code = "import paperlake.stage_list, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "paperlake.topics.stage" in loaded
    builders = {f"paperlake.{name}" for name in ("topics.building", "dedup.building", "report.rendering")}
    assert not loaded & {*builders, "jinja2", "rapidfuzz"}


def imported_names(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(
    "file", sorted((PROJECT / "src/paperlake").rglob("*.py")), ids=lambda file: file.stem
)
def test_each_module_keeps_to_its_side(file: Path) -> None:
    names = imported_names(file)
    if file.name != "cli.py" and file.parent.name != "commands":  # where it is lazy
        assert not names & {"dagster", "pipelines"}
    if "embedding" not in file.parts:
        assert not names & {"torch", "transformers", "openvino", "ray", "sentence_transformers"}
    if file.name != "settings.py":
        text = file.read_text()
        assert "os.environ.get" not in text
        assert "getenv" not in text
