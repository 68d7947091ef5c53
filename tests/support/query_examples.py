"""The examples of docs/queries.md and their outputs: `python -m tests.support.query_examples` writes them again.

Runs the queries on the sample dumps, carried through every stage with the default model in a folder that is
thrown away.
"""

import re
import shutil
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs/queries.md"
EXAMPLE = re.compile(r"```sql\n(?P<query>.+?)\n```\n(?:\n```text\n.*?\n```\n)?", re.DOTALL)


def with_outputs(page: str, lake) -> str:
    """The page with the output of each query below it."""
    from paperlake.warehouse.reading import query

    def run(example: re.Match[str]) -> str:
        columns, rows = query(lake, example["query"])
        return f"```sql\n{example['query']}\n```\n\n```text\n{drawn(columns, rows)}\n```\n"

    return EXAMPLE.sub(run, page)


def drawn(columns: list[str], rows: list[tuple]) -> str:
    """Rows as aligned text."""
    cells = [columns, *[["" if value is None else str(value) for value in row] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def sample_lake(folder: Path):
    """The sample dumps through every stage."""
    from paperlake.lake import Lake
    from paperlake.settings import Settings
    from tests.support.lakes import SAMPLES, fill

    lake = Lake.open(folder / "lake")
    shutil.copytree(SAMPLES, lake.raw, dirs_exist_ok=True)
    fill(lake, Settings(lake=lake.root))
    return lake


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(with_outputs(PAGE.read_text(), sample_lake(Path(scratch))))
