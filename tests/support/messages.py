"""The messages that the code can raise, read from its source: each as its text with `...` for what is filled in."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Message:
    """One message of an error."""

    place: str
    error: str
    text: str


def raised_messages(errors: set[str]) -> list[Message]:
    """Return the texts with which these classes or methods are called in the library and in pipelines."""
    files = sorted([*(PROJECT / "src").rglob("*.py"), *(PROJECT / "pipelines").rglob("*.py")])
    return [message for file in files for message in _messages_of(file, errors)]


def _messages_of(file: Path, errors: set[str]) -> Iterator[Message]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in errors:
            text = " / ".join(_template(argument) for argument in node.args)
            yield Message(
                f"{file.relative_to(PROJECT)}:{node.lineno}", name, re.sub(r"\s+", " ", text).strip()
            )


def _template(node: ast.expr) -> str:
    """Return a text of the code with `...` for every value in it."""
    if isinstance(node, ast.Constant):
        return node.value.replace("%s", "...") if isinstance(node.value, str) else "..."
    if isinstance(node, ast.JoinedStr):
        return "".join(_template(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _template(node.left) + _template(node.right)
    if isinstance(node, ast.IfExp):
        return f"{_template(node.body)} {_template(node.orelse)}"
    if isinstance(node, ast.FormattedValue):
        return "..."
    return "..."


def all_texts() -> list[str]:
    """Return every text of the code, those of one message as one."""
    files = [*(PROJECT / "src").rglob("*.py"), *(PROJECT / "pipelines").rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    return [_template(node) for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp)]
