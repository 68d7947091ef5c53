"""Run the notebook of docs/: `python -m tests.support.notebook` writes its outputs again.

The cells run in order in one namespace, as in a kernel: the value of a cell's last expression is its output.
No kernel is started, so that neither Jupyter nor a port is needed.
"""

import ast
import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOK = PROJECT / "docs/notebooks/explore.ipynb"


def read_notebook() -> dict[str, Any]:
    return json.loads(NOTEBOOK.read_text())


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(notebook: dict[str, Any], lake: Path) -> dict[str, Any]:
    """The notebook with the outputs of its cells, for one lake."""
    namespace: dict[str, Any] = {}
    before = os.environ.get("PAPERLAKE_LAKE")
    os.environ["PAPERLAKE_LAKE"] = str(lake)
    try:
        for number, cell in enumerate(code_cells(notebook), start=1):
            cell["execution_count"] = number
            cell["outputs"] = _outputs("".join(cell["source"]), namespace, number)
    finally:
        os.environ.pop("PAPERLAKE_LAKE")
        if before is not None:
            os.environ["PAPERLAKE_LAKE"] = before
    return notebook


def _outputs(source: str, namespace: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), namespace)
        value = (
            eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), namespace) if last else None
        )
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines(printed.getvalue())})
    if value is not None:
        shown = {"text/plain": lines(repr(value))}
        outputs.append(
            {"data": shown, "execution_count": number, "metadata": {}, "output_type": "execute_result"}
        )
    return outputs


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def written(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from tests.support.query_examples import sample_lake

    with tempfile.TemporaryDirectory() as scratch:
        NOTEBOOK.write_text(written(run(read_notebook(), sample_lake(Path(scratch)).root)))
