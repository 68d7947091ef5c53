"""What is cited: the published version where a source states it, and a key that stays."""

from datetime import date

import pytest

from paperlake.bibliography import bibliography, citation
from paperlake.bibliography.venues import Kind, venue_kind
from tests.bibliography.papers import paper, version

PREPRINT = paper(arxiv_id="2003.01234", doi="10.48550/arxiv.2003.01234", categories=["Vision", "cs.CV"])


def test_a_preprint_is_misc_with_eprint_and_class() -> None:
    text = bibliography("bibtex", [citation(PREPRINT, [])])
    assert text.startswith("@misc{lovelace2020colour-00000000,\n")
    for line in ("eprint = {2003.01234},", "archivePrefix = {arXiv},", "primaryClass = {cs.CV},"):
        assert f"  {line}\n" in text


def test_venue_doi_and_date_are_those_of_the_publication_beside_the_eprint() -> None:
    stated = version(venue="ICML 2020", doi="10.5555/1", published_date=date(2020, 7, 12))
    text = bibliography("bibtex", [citation({**PREPRINT, "venue": "CoRR"}, [version(venue="CoRR"), stated])])
    assert text.startswith("@inproceedings{")
    for line in ("booktitle = {{ICML} 2020}", "month = jul", "doi = {10.5555/1}", "eprint = {2003.01234}"):
        assert line.replace("{{ICML} 2020}", "{ICML 2020}") in text


def test_the_journal_reference_of_arxiv_gives_the_year() -> None:
    stated = version(
        venue="Phys. Rev. D 76, 013009 (2021)", format="arxiv_snapshot", published_date=date(2020, 3, 4)
    )
    assert citation({**PREPRINT, "venue": stated["venue"]}, [stated]).published == (2021,)


def test_a_year_alone_is_the_year() -> None:
    stated = version(venue="Journal of Ponds", published_text="2021")
    assert citation(PREPRINT, [stated]).published == (2021,)


def test_a_publishers_doi_is_preferred_where_no_venue_is_stated() -> None:
    assert citation(PREPRINT, [version(doi="10.1000/x")]).doi == "10.1000/x"
    assert citation(PREPRINT, []).doi == "10.48550/arxiv.2003.01234"


def test_a_key_stays_when_a_venue_a_date_of_it_or_other_papers_come() -> None:
    stated = version(venue="ICML", published_date=date(2022, 7, 12), doi="10.5555/1")
    assert citation(PREPRINT, [stated]).key == citation(PREPRINT, []).key


@pytest.mark.parametrize(
    ("title", "authors", "key"),
    [
        ("The Art of É-tude", ["José Núñez"], "nunez2020art-00000000"),
        ("漢字", ["王小明"], "paper2020-00000000"),
        ("A", [], "paper2020-00000000"),
        ("Deep {Ponds}", ["Ludwig van Beethoven"], "vanbeethoven2020deep-00000000"),
    ],
)
def test_keys_are_readable(title: str, authors: list[str], key: str) -> None:
    assert citation(paper(title=title, authors=authors), []).key == key


@pytest.mark.parametrize(
    ("venue", "kind"),
    [
        ("Proceedings of the National Academy of Sciences", Kind.ARTICLE),
        ("Proceedings of the IEEE", Kind.ARTICLE),
        ("Proc. IEEE Conf. on Computer Vision", Kind.CONFERENCE),
        ("IEEE Transactions on Pattern Analysis", Kind.ARTICLE),
        ("Advances in Neural Information Processing Systems 33", Kind.CONFERENCE),
        ("Findings of the Association for Computational Linguistics: EMNLP 2021", Kind.CONFERENCE),
        ("CVPR", Kind.CONFERENCE),
        ("Nature", Kind.ARTICLE),
        ("Phys.Rev.D76:013009,2007", Kind.ARTICLE),
        ("arXiv preprint arXiv:2003.01234", Kind.PREPRINT),
        ("ArXiv", Kind.PREPRINT),
        ("bioRxiv", Kind.PREPRINT),
    ],
)
def test_the_kind_follows_the_venue(venue: str, kind: Kind) -> None:
    assert venue_kind(venue) is kind


def test_case_of_acronyms_is_kept_and_formulas_stay() -> None:
    text = bibliography("bibtex", [citation(paper(title="Using BERT in $O(n^2)$ Time"), [])])
    assert "title = {Using {BERT} in {$O(n^2)$} Time}" in text


@pytest.mark.parametrize(
    "formula", [r"$\input{/etc/passwd}$", r"$\write18{rm}$", r"$\catcode`\@=0$", r"$^^5cinput x$"]
)
def test_a_formula_of_unknown_macros_is_printed_not_run(formula: str) -> None:
    text = bibliography("bibtex", [citation(paper(title=f"A {formula} b"), [])])
    assert formula not in text
    assert r"\$" in text


def test_a_link_cannot_leave_its_field() -> None:
    text = bibliography("bibtex", [citation(paper(url="https://example.org/a}b{c"), [])])
    assert "url = {https://example.org/a%7Db%7Bc}" in text
