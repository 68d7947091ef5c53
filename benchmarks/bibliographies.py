"""Measure how fast bibliographies, tables and XML are read, beside a public reader; and the memory.

The dumps are generated: works of the tests with long abstracts, repeated to `--megabytes`. bibtexparser
and rispy parse alone, DuckDB reads the table and counts its rows, lxml's iterparse counts the records of XML
and clears them, which is the least that any reader of XML does; the reader also converts LaTeX, names and
dates, accounts for lines, and builds the rows of entries. Times are CPU times of all threads, ratios are of
one run. The peak of memory is of a process that only reads. Run it with
`PYTHONPATH=src:. python benchmarks/bibliographies.py`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import rispy
from bibtexparser.splitter import Splitter
from lxml import etree

from paperlake.dumps.formats import READERS
from paperlake.dumps.opening import DumpFile
from paperlake.settings import Settings
from tests.support import xml_writer
from tests.support.works import draw_works, to_bibtex, to_csv, to_ris

MEGABYTES = 10
WORKS = 2_000
MAX_MEMORY_MB = 1_000
SENTENCE = "We measure ponds of many sizes and depths, and we report what we find. "
MEASURE_MEMORY = """
import resource, sys
from benchmarks.bibliographies import parse
from pathlib import Path
parse(sys.argv[1], Path(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak // 1024 if sys.platform != "darwin" else peak >> 20)
"""


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def parse(name: str, file: Path) -> int:
    reader = next(reader for reader in READERS if reader.format == name)
    settings = Settings()
    return sum(
        part.entries.height for part in reader.read(DumpFile(file, file.name, settings), settings).parts
    )


def with_bibtexparser(file: Path) -> int:
    return len(Splitter(file.read_text()).split().entries)


def with_rispy(file: Path) -> int:
    return len(rispy.loads(file.read_text()))


def with_duckdb(file: Path) -> int:
    query = "SELECT count(*), sum(length(Abstract)) FROM read_csv(?, header=true)"
    found = duckdb.sql(query, params=[str(file)]).fetchone()
    return int(found[0]) if found else 0


def with_lxml(*names: str) -> Callable[[Path], int]:
    """Return a function that counts the elements of these local names and clears them."""

    def count(file: Path) -> int:
        tags = [f"{{*}}{name}" for name in names]
        found = 0
        for _, element in etree.iterparse(str(file), tag=tags, load_dtd=False, recover=True):
            found += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        return found

    return count


FORMATS: dict[str, tuple[Callable[[Path], int], str]] = {
    "bibtex": (with_bibtexparser, "bibtexparser"),
    "ris": (with_rispy, "rispy"),
    "csv": (with_duckdb, "DuckDB"),
    "arxiv_feed": (with_lxml("entry"), "lxml alone"),
    "oai_pmh": (with_lxml("record"), "lxml alone"),
    "dblp_xml": (with_lxml("article", "inproceedings"), "lxml alone"),
    "pubmed_xml": (with_lxml("PubmedArticle"), "lxml alone"),
}


def parts_of(name: str) -> tuple[bytes, bytes, bytes]:
    """Return the beginning of a dump, records that may be repeated, and its end."""
    works = [replace(work, abstract=f"{work.abstract} {SENTENCE * 14}".strip()) for work in draw_works(WORKS)]
    if name == "csv":
        header, _, rows = to_csv(works).encode().partition(b"\n")
        return header + b"\n", rows, b""
    if name in ("bibtex", "ris"):
        text = to_bibtex(works) if name == "bibtex" else to_ris(works)
        return b"", text.encode() + b"\n", b""
    papers = [replace(one, abstract=f"{one.abstract} {SENTENCE * 14}") for one in xml_writer.papers(WORKS)]
    write, begin, end = {
        "arxiv_feed": (xml_writer.atom, b"<entry>", b"</feed>"),
        "oai_pmh": (xml_writer.oai, b"<record>", b"</ListRecords>"),
        "dblp_xml": (xml_writer.dblp, b"<inproceedings ", b"</dblp>"),
        "pubmed_xml": (xml_writer.pubmed, b"<PubmedArticle>", b"</PubmedArticleSet>"),
    }[name]
    written = write(papers)
    whole = written if isinstance(written, bytes) else written.encode()
    first, last = whole.index(begin), whole.rindex(end)
    return whole[:first], whole[first:last], whole[last:]


def write_dump(name: str, file: Path, megabytes: float) -> None:
    head, body, tail = parts_of(name)
    with file.open("wb") as dump:
        dump.write(head)
        for _ in range(max(1, int(megabytes * 1e6 / len(body)))):
            dump.write(body)
        dump.write(tail)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="size of each dump")
    parser.add_argument("--format", choices=FORMATS, action="append", help="only this format")
    parser.add_argument(
        "--alone", action="store_true", help="without the public readers, which read whole files"
    )
    options = parser.parse_args()
    print("format      entries     MB   MB/s   public reader  MB/s  ratio   peak MB")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.format or FORMATS:
            public, public_name = FORMATS[name]
            file = Path(folder) / f"dump.{name}"
            write_dump(name, file, options.megabytes)
            size = file.stat().st_size / 1e6
            rate = size / seconds(lambda name=name, file=file: parse(name, file))
            count = parse(name, file) if not options.alone else 0
            other = None if options.alone else size / seconds(lambda file=file, public=public: public(file))
            command = [sys.executable, "-c", MEASURE_MEMORY, name, str(file)]
            peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            beside = f"{public_name:>13}{other:>6.1f}{rate / other:>7.2f}" if other else f"{'':>26}"
            verdict = "ok" if peak <= MAX_MEMORY_MB else f"above {MAX_MEMORY_MB}"
            print(f"{name:<10}{count:>9,}{size:>7.0f}{rate:>7.1f}  {beside}{peak:>9} {verdict}", flush=True)


if __name__ == "__main__":
    main()
