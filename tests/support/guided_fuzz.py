"""Coverage-guided fuzz of one reader with atheris, which is no dependency: `pip install atheris` first.

    python -m tests.support.guided_fuzz daily_api 120 /tmp/corpus

Arguments are the format, the seconds, and a folder for the inputs that reached new code. An input that makes
the reader raise is written to the working folder as `crash-…`; make it small, and keep it in
`tests/dumps/test_found_by_fuzz.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["paperlake.dumps", "html.parser", "email._parseaddr"]):
    from paperlake.dumps.formats import detect
    from paperlake.dumps.opening import DumpFile
    from paperlake.dumps.reading import DumpError

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.settings import Settings
from tests.support.dump_samples import DUMP_SAMPLES


def main() -> None:
    """Fuzz until the time is over."""
    dump_format, seconds, corpus = DumpFormat(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    sample = DUMP_SAMPLES[dump_format]
    reader = detect(sample.content, sample.path)
    settings = Settings(max_line_chars=20_000)
    corpus.mkdir(parents=True, exist_ok=True)
    file = corpus.with_suffix(".dump")
    (corpus / "sample").write_bytes(sample.content[:4_000])

    def read(content: bytes) -> None:
        file.write_bytes(content)
        dump = DumpFile(file, sample.path, settings)
        detect(dump.head(), sample.path)
        try:
            parsed = reader.read(dump, settings)
            list(parsed.parts)
        except DumpError:
            return
        if parsed.uncovered_lines:
            raise AssertionError(f"nothing accounts for lines {parsed.uncovered_lines}")

    options = [
        f"-max_total_time={seconds}",
        "-max_len=6000",
        "-timeout=20",
        "-rss_limit_mb=4000",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *options], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
