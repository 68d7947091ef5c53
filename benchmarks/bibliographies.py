"""Measure how fast bibliographies, tables and XML are read, beside a public reader; and the memory.

The dumps are generated: works of the tests with long abstracts, written again and again with other titles,
abstracts and identifiers up to `--megabytes`. bibtexparser and rispy parse alone, DuckDB reads the table and
counts its rows, lxml's iterparse returns the text of the same fields of each record and clears it; the reader
also converts LaTeX, names and dates, accounts for lines, and builds the rows of entries. Times are CPU times
of all threads, ratios are of one run. The peak of memory is of a process that only reads. With `--lake`, each
dump lies in raw/ and is read by `paperlake run --until parsed_entries`: time and memory are those of that
command, and no public reader is measured. Run it with `PYTHONPATH=src:. python benchmarks/bibliographies.py`.
"""

import argparse
import os
import shutil
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

from paperlake.catalogue.dump_tables import DUMPS
from paperlake.dumps.formats import READERS
from paperlake.dumps.opening import DumpFile
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support import xml_writer
from tests.support.works import draw_works, to_bibtex, to_csv, to_ris

MEGABYTES = 10
WORKS = 2_000
MAX_MEMORY_MB = 1_000
REPETITION = "REPETITION"  # in the texts of a record, in place of the number of the repetition
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


def with_lxml(records: str, fields: str) -> Callable[[Path], int]:
    """Return a function that reads the fields of each record, by local names, and clears the record."""
    wanted = [f"{{*}}{name}" for name in fields.split()]

    def read(file: Path) -> int:
        count = 0
        tags = [f"{{*}}{name}" for name in records.split()]
        for _, record in etree.iterparse(str(file), tag=tags, load_dtd=False, recover=True):
            texts = [(one.tag, " ".join("".join(one.itertext()).split())) for one in record.iter(*wanted)]
            count += bool(texts)
            record.clear()
            while record.getprevious() is not None:
                del record.getparent()[0]
        return count

    return read


FORMATS: dict[str, tuple[Callable[[Path], int], str]] = {
    "bibtex": (with_bibtexparser, "bibtexparser"),
    "ris": (with_rispy, "rispy"),
    "csv": (with_duckdb, "DuckDB"),
    "arxiv_feed": (
        with_lxml("entry", "id title summary published updated name comment journal_ref doi category"),
        "lxml",
    ),
    "oai_pmh": (
        with_lxml("record", "id title abstract created updated author categories journal-ref doi license"),
        "lxml",
    ),
    "dblp_xml": (
        with_lxml("article inproceedings", "title author year month journal booktitle ee volume"),
        "lxml",
    ),
    "pubmed_xml": (
        with_lxml(
            "PubmedArticle",
            "PMID ArticleTitle AbstractText Author ArticleDate PubDate Title ELocationID ArticleId Keyword "
            "DescriptorName",
        ),
        "lxml",
    ),
}
ID_STARTS = {
    "bibtex": b"{key",
    "dblp_xml": b"/pond/P",
    "pubmed_xml": b'<PMID Version="1">',
}
"""Text before the id of a record, after which the number of the repetition is put; arXiv ids repeat."""


def parts_of(name: str) -> tuple[bytes, bytes, bytes]:
    """Return the beginning of a dump, records that may be repeated, and its end."""
    works = [
        replace(
            work,
            title=f"{work.title}, {REPETITION}",
            abstract=f"{work.abstract} {REPETITION}. {SENTENCE * 14}".strip(),
            doi=f"{work.doi}.{REPETITION}",
        )
        for work in draw_works(WORKS)
    ]
    if name == "csv":
        header, _, rows = to_csv(works).encode().partition(b"\n")
        return header + b"\n", rows, b""
    if name in ("bibtex", "ris"):
        text = to_bibtex(works) if name == "bibtex" else to_ris(works)
        return b"", text.encode() + b"\n", b""
    papers = [
        replace(
            one,
            title=f"{one.title} {REPETITION}",
            abstract=f"{one.abstract} {REPETITION}. {SENTENCE * 14}",
            doi=one.doi and f"{one.doi}.{REPETITION}",
        )
        for one in xml_writer.papers(WORKS)
    ]
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
        for number in range(max(1, round(megabytes * 1e6 / len(body)))):
            dump.write(numbered(name, body, b"%d" % number))
        dump.write(tail)


def numbered(name: str, body: bytes, number: bytes) -> bytes:
    """Return records whose titles, abstracts and identifiers are of one repetition alone."""
    start = ID_STARTS.get(name)
    body = body.replace(REPETITION.encode(), number)
    return body.replace(start, start + number) if start else body


def through_the_lake(file: Path, folder: Path) -> str:
    """Return what `paperlake run --until parsed_entries` took, as text: entries, CPU seconds, peak MB."""
    lake = folder / "lake"
    (lake / "raw").mkdir(parents=True)
    os.link(file, lake / "raw" / file.name)
    command = [sys.executable, "-m", "paperlake", "run", "--lake", str(lake), "--until", "parsed_entries"]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {process.returncode}")
    (dump,) = Lake(lake).read(DUMPS).select("entry_count", "reject_count").rows()
    shutil.rmtree(lake)
    size = file.stat().st_size / 1e6
    cpu = usage.ru_utime + usage.ru_stime
    peak = megabytes_of_peak(usage.ru_maxrss)
    return f"{dump[0]:>9,}{dump[1]:>9,}{size:>8.0f}{size / cpu:>7.1f}{cpu:>8.0f}{wall:>8.0f}{peak:>9}"


def megabytes_of_peak(peak: int) -> int:
    return peak // 1024 if sys.platform != "darwin" else peak >> 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="size of each dump")
    parser.add_argument("--format", choices=FORMATS, action="append", help="only this format")
    parser.add_argument(
        "--alone", action="store_true", help="without the public readers, which read whole files"
    )
    parser.add_argument("--lake", action="store_true", help="by the command `paperlake run`")
    options = parser.parse_args()
    if options.lake:
        print("format      entries  rejects      MB   MB/s   CPU s  wall s  peak MB")
    else:
        print("format      entries     MB   MB/s   public reader  MB/s  ratio   peak MB")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.format or FORMATS:
            public, public_name = FORMATS[name]
            file = Path(folder) / f"dump.{name}"
            write_dump(name, file, options.megabytes)
            if options.lake:
                print(f"{name:<10}{through_the_lake(file, Path(folder))}", flush=True)
                file.unlink()
                continue
            size = file.stat().st_size / 1e6
            rate = size / seconds(lambda name=name, file=file: parse(name, file))
            count = parse(name, file) if not options.alone else 0
            other = None if options.alone else size / seconds(lambda file=file, public=public: public(file))
            command = [sys.executable, "-c", MEASURE_MEMORY, name, str(file)]
            peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            beside = f"{public_name:>13}{other:>6.1f}{rate / other:>7.2f}" if other else f"{'':>26}"
            verdict = "ok" if peak <= MAX_MEMORY_MB else f"above {MAX_MEMORY_MB}"
            print(f"{name:<10}{count:>9,}{size:>7.0f}{rate:>7.1f}  {beside}{peak:>9} {verdict}", flush=True)
            file.unlink()


if __name__ == "__main__":
    main()
