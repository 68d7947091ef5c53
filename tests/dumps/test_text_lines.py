"""Decoding of text dumps: encodings, line ends, and the marks of damaged lines."""

import pytest

from paperlake.dumps.text_lines import decode_head, decode_lines, is_truncation_mark, looks_binary


@pytest.mark.parametrize(
    "content",
    ["Pönds\nLakes\n", "\ufeffPönds\nLakes", "Pönds\r\nLakes\r\n", "Pönds\rLakes"],
    ids=["LF", "byte order mark", "CRLF", "CR"],
)
def test_line_ends_are_removed(content: str) -> None:
    assert decode_lines(content.encode()).lines == ["Pönds", "Lakes"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_give_the_same_lines(encoding: str) -> None:
    content = "Pönds\nLäkes".encode(encoding)
    decoded = decode_lines(content)
    assert decoded.lines == ["Pönds", "Läkes"]
    assert decoded.damaged == frozenset()
    assert looks_binary(content) is False


def test_damage_marks_only_its_own_line() -> None:
    """Without it one wrong byte could reach a title, or cost the whole file."""
    decoded = decode_lines("Pönds\nLäkes\nBäys\n".encode() + b"bad \xff\nbell \x07\nfine")
    assert decoded.damaged == {3, 4}
    assert decoded.lines[5] == "fine"


def test_plain_means_only_blanks() -> None:
    assert decode_lines(b"Ponds and Lakes\n").plain
    assert not decode_lines(b"Ponds\tand Lakes\n").plain


def test_binary_data_is_recognised() -> None:
    assert looks_binary(bytes(range(256)))
    assert not looks_binary(b"Ponds\n" * 100 + b"\x00")


def test_head_is_decoded_without_errors() -> None:
    assert decode_head("Pönds".encode()[:2]) == "P"
    assert decode_head("Pönds".encode("utf-16")) == "Pönds"


@pytest.mark.parametrize(
    "line", ["[Content truncated]", "[truncated]", "**[Output truncated due to length]**", "... (truncated)"]
)
def test_marks_of_a_cut_are_recognised(line: str) -> None:
    assert is_truncation_mark(line)


@pytest.mark.parametrize("line", ["Truncated Ponds: A Study", "We study truncated series.", ""])
def test_other_lines_are_no_marks_of_a_cut(line: str) -> None:
    assert not is_truncation_mark(line)
