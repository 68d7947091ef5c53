"""BibTeX: macros, inheritance, identifiers of several tools, entries that are no papers, and what is broken."""

from datetime import date

import pytest

from paperlake.dumps.bibliography.bibtex import blocks
from paperlake.dumps.bibliography.bibtex.fields import resolve
from paperlake.dumps.bibliography.bibtex.latex import latex_to_text
from paperlake.dumps.bibliography.bibtex.reader import READER
from paperlake.dumps.structured.json_objects import BadObjectError
from tests.support.memory_dump import MemoryDump, read
from tests.support.works import draw_works, to_bibtex

SCOPUS = """Scopus
EXPORT DATE: 05 January 2024

@ARTICLE{Lovelace2020,
  author={Lovelace, Ada and Babbage, Charles},
  title={On the colour of ponds},
  year={2020},
  journal={Journal of Ponds},
  volume={12},
  doi={10.1000/ABC},
  url={https://www.scopus.com/inward/record.uri?eid=2-s2.0-85012345678&doi=10.1000%2fABC},
  abstract={We look at 10% of ponds.},
  author_keywords={Ponds; Green lakes},
  document_type={Article},
  source={Scopus},
}
"""
WOS = """@article{ WOS:000123456700001,
Author = {Lovelace, Ada and
   Babbage, Charles},
Title = {On the Colour of
   Ponds},
Journal = {JOURNAL OF PONDS},
Year = {2020},
Month = {JAN 10},
Abstract = {We look at
   ponds.},
DOI = {10.1000/abc},
Author-Keywords = {ponds; green
   lakes},
Web-of-Science-Categories = {Limnology; Computer Science, Artificial Intelligence},
Unique-ID = {WOS:000123456700001},
}
"""
ANTHOLOGY = """@inproceedings{lovelace-2020-ponds,
    title = "On the Colour of {P}onds",
    author = {Lovelace, Ada  and
      Babbage, Charles},
    booktitle = "Proceedings of the Conference on Ponds",
    month = jul,
    year = "2020",
    publisher = "Association for Ponds",
    url = "https://aclanthology.org/2020.ponds-main.1",
    doi = "10.18653/v1/2020.ponds-main.1",
    pages = "1--9"
}
"""
SCHOLAR = """@article{vaswani2017ponds,
  title={Ponds are all you need},
  author={Vaswani, A and Shazeer, N and others},
  journal={arXiv preprint arXiv:1706.03762},
  year={2017}
}
@article{DBLP:journals/corr/abs-1810-04805,
  author       = {Jacob Devlin},
  title        = {Ponds from Transformers},
  journal      = {CoRR},
  volume       = {abs/1810.04805},
  year         = {2018},
  eprinttype    = {arXiv},
  eprint       = {1810.04805},
  biburl       = {https://dblp.org/rec/journals/corr/abs-1810-04805.bib}
}
"""


def test_an_export_of_scopus() -> None:
    found = read(READER, SCOPUS)
    row = found.row()
    assert found.parsed.snapshot_date == date(2024, 1, 5)
    assert (row["doi"], row["keywords"]) == ("10.1000/abc", ["Ponds", "Green lakes"])
    assert row["identifiers"] == ["eid:2-s2.0-85012345678"]
    assert row["abstract"] == "We look at 10% of ponds."
    assert (row["published_date"], row["published_text"]) == (None, "2020")


def test_an_export_of_web_of_science() -> None:
    row = read(READER, WOS).row()
    assert (row["title"], row["authors"]) == ("On the Colour of Ponds", ["Ada Lovelace", "Charles Babbage"])
    assert row["published_date"] == date(2020, 1, 10)
    assert row["identifiers"] == ["wos:000123456700001"]
    assert row["categories"] == ["Limnology", "Computer Science, Artificial Intelligence"]
    assert row["keywords"] == ["ponds", "green lakes"]


def test_an_entry_of_the_acl_anthology() -> None:
    row = read(READER, ANTHOLOGY).row()
    assert (row["venue"], row["published_text"]) == ("Proceedings of the Conference on Ponds", "Jul 2020")
    assert row["identifiers"] == ["acl:2020.ponds-main.1"]


def test_arxiv_ids_where_scholar_and_dblp_put_them() -> None:
    found = read(READER, SCHOLAR)
    assert found.entries["arxiv_id"].to_list() == ["1706.03762", "1810.04805"]
    assert found.row(0)["authors"] == ["A Vaswani", "N Shazeer"]
    assert found.row(1)["identifiers"] == ["dblp:journals/corr/abs-1810-04805"]


def test_macros_hold_from_where_they_are_defined() -> None:
    text = '@string{jp = "Journal of "}\n@STRING(p = jp # {Ponds})\n@article{a, title={T}, year=2020, journal=p # " B"}'
    assert read(READER, text).row()["venue"] == "Journal of Ponds B"


def test_an_entry_inherits_from_a_later_one() -> None:
    text = (
        "@inproceedings{a, title={T}, author={A. See}, crossref = {Vol}}\n"
        "@proceedings{vol, title={Proceedings of Ponds}, year={2018}}\n"
    )
    found = read(READER, text)
    assert (found.row()["venue"], found.row()["published_text"]) == ("Proceedings of Ponds", "2018")
    assert found.codes == ["not_a_paper"]


def test_what_is_no_paper_is_a_reject() -> None:
    text = "\n".join([
        "@software{a, title={A Program}, year={2020}, url={http://x.org}}",
        "@misc{b, title={A page}, howpublished={\\url{http://x.org}}}",
        "@article{c, title={Only a title}}",
        "@article{d, year={2020}, author={No Title}}",
        "@software{e, title={A Program with Authors}, author={A. See}, year={2020}}",
        "@book{f, title={A Book}, author={A. See}, year={2020}}",
    ])  # fmt: skip
    found = read(READER, text)
    assert found.codes == ["not_a_paper", "not_a_paper", "missing_field", "missing_field", "not_a_paper"]
    assert found.titles == ["A Book"]


def test_programs_and_web_pages_need_an_identifier_of_papers() -> None:
    text = "\n".join([
        "@online{a, title={A Blog}, author={A. See}, date={2024-01-01}, url={https://example.org}}",
        "@online{b, title={A Preprint}, author={A. See}, date={2024-01-01}, url={https://arxiv.org/abs/2401.00001}}",
        "@online{c, title={A Paper}, author={A. See}, date={2024-01-01}, url={https://openreview.net/forum?id=x}}",
        "@software{d, title={A Program}, author={A. See}, year={2024}, doi={10.5281/zenodo.1}}",
        "@misc{e, title={A Report}, author={A. See}, year={2024}}",
    ])  # fmt: skip
    found = read(READER, text)
    assert found.titles == ["A Preprint", "A Paper", "A Report"]
    assert found.reasons == [
        "A record of type online without an arXiv id, a DOI or a link to a site of papers is no paper.",
        "A record of type software without an arXiv id is no paper.",
    ]


def test_a_broken_entry_costs_itself_alone() -> None:
    works = draw_works(6)
    entries = to_bibtex(works).split("\n\n")
    assert len([entry for entry in entries if entry.strip()]) == 6
    entries[2] = entries[2].replace("},", "", 1)
    found = read(READER, "\n".join(entries))
    assert found.titles == [work.title for place, work in enumerate(works) if place != 2]
    assert found.codes == ["malformed"]


def test_fields_without_their_entry_are_a_reject() -> None:
    text = "@article{a, title={T}, year={2020}}\n  title = {Lost},\n  year = {2020}\n}\n"
    assert read(READER, text).codes == ["unplaced_text"]


def test_commented_entries_are_furniture() -> None:
    text = "%@article{a, title={T}, year={2020}}\n@comment{x, y = {z}}\n@article{b, title={U}, year={2021}}\n"
    found = read(READER, text)
    assert (found.titles, found.codes) == (["U"], [])


def test_keys_and_fields_that_repeat() -> None:
    text = "@article{a, title={T}, year={2020}, year={2021}}\n@article{a, title={U}, year={2021}}\n"
    assert read(READER, text).titles == ["T", "U"]


def test_a_dump_is_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "CHUNK_CHARS", 300)
    works = draw_works(60)
    found = read(READER, MemoryDump(to_bibtex(works).encode(), chunk_bytes=100))
    assert found.titles == [work.title for work in works]
    assert found.entries["line_start"].is_sorted()


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"G{\"o}del, Erd{\H o}s, {\c{C}}eda, S\o ren, {\L}ukasz, \'{\i}, Nguy{\~{\^e}}n", "Gödel, Erdős, Çeda, Søren, Łukasz, í, Nguyễn"),
        (r"10\% or 10%, \& and \_, \$5 and \$6", "10% or 10%, & and _, $5 and $6"),
        (r"$\alpha_{1}$--\textit{style} \emph{a \textbf{b}} {\it c}", r"$\alpha_{1}$–style a b c"),
        (r"\url{http://x.org/a_b} \href{http://x.org}{link}~here", "http://x.org/a_b link here"),
        (r"\unknown{z} \cite{a}", r"\unknown{z} \cite{a}"),
        ("``quoted'' --- {Braces}", "“quoted” — Braces"),
    ],
)  # fmt: skip
def test_latex(latex: str, text: str) -> None:
    assert latex_to_text(latex) == text


@pytest.mark.parametrize(
    ("raw", "value"),
    [("{a}", "a"), ('"a"', "a"), ("2020", "2020"), ("mar", "Mar"), ('mar # "~3"', "Mar~3"), ('"{"}"', '{"}')],
)
def test_values(raw: str, value: str) -> None:
    assert resolve(raw, {"mar": "Mar"}) == value


@pytest.mark.parametrize("raw", ["{a} {b}", "{a", "a # # b", "{a}\n year = {2020}"])
def test_values_that_are_none(raw: str) -> None:
    with pytest.raises(BadObjectError):
        resolve(raw, {})
