"""Identifiers in their many spellings."""

import pytest

from paperlake.dumps.fields.identifiers import identifier, read_arxiv_id, read_doi


@pytest.mark.parametrize(
    ("value", "arxiv_id"),
    [
        ("2401.00001", "2401.00001"),
        ("2401.00001v3", "2401.00001"),
        ("http://arxiv.org/abs/0704.0001v1", "0704.0001"),
        ("https://arxiv.org/pdf/2401.00001v2.pdf", "2401.00001"),
        ("oai:arXiv.org:hep-th/9901001", "hep-th/9901001"),
        ("arXiv:2401.00001", "2401.00001"),
        ("https://doi.org/10.48550/arXiv.2401.00001", "2401.00001"),
        ("10.1000/2401.00001", None),
        ("W2401", None),
        (2401.00001, None),
    ],
)
def test_arxiv_ids(value, arxiv_id):
    assert read_arxiv_id(value) == arxiv_id


@pytest.mark.parametrize(
    ("value", "doi"),
    [
        ("10.1000/ABC.7", "10.1000/abc.7"),
        ("https://doi.org/10.1000/abc", "10.1000/abc"),
        (" doi: 10.1000/abc. ", "10.1000/abc"),
        ("https://example.org/10.1000/abc", None),
        (7, None),
    ],
)
def test_dois(value, doi):
    assert read_doi(value) == doi


def test_identifiers_of_other_schemes():
    assert identifier("pmid", 7) == "pmid:7"
    assert identifier("openalex", " W7 ") == "openalex:W7"
    assert identifier("pmid", "7 8") is None
    assert identifier("pmid", None) is None
    assert identifier("pmid", True) is None
