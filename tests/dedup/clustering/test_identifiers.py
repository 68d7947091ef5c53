"""When identifiers name one work, two works, or tell nothing."""

import pytest

from paperlake.dedup.clustering.identifiers import Identifiers, doi_identity, exclusive_scheme


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("arxiv:a", "arxiv:b", True),
        ("arxiv:a arxiv:b", "arxiv:b arxiv:c", False),
        ("arxiv:a", "doi:10.1/x", False),
        ("doi:10.1/x", "doi:10.1/y", True),
        ("arxiv:a doi:10.1/x", "arxiv:a doi:10.1/y", False),
        ("arxiv:a doi:10.1/x", "arxiv:b doi:10.1/x", True),
        ("heading:h", "heading:k", True),
        ("heading:h", "heading:h", False),
        ("heading:h", "doi:10.1/x", True),
        ("heading:h", "arxiv:a", False),
        ("", "arxiv:a doi:10.1/x", False),
        # A preprint and the publisher's version.
        ("doi:10.1101/2020.01.01.123", "doi:10.1038/x", False),
        ("doi:10.1101/2020.01.01.123", "doi:10.1101/2020.01.01.999", True),
        ("doi:10.1101/gr.123", "doi:10.1038/x", True),
        ("doi:10.5281/zenodo.1", "doi:10.5281/zenodo.2", False),
        # Other schemes.
        ("pmid:1", "pmid:2", True),
        ("pmid:1", "acl:P19-1001", False),
        ("pmid:1 acl:P19-1001", "pmid:2 acl:P19-1001", False),
        ("pmid:1 doi:10.1/x", "pmid:2 doi:10.1/x", False),
        ("pmid:1 doi:10.1/x", "pmid:1 doi:10.1/y", True),
        ("openalex:W1", "openalex:W2", False),
        ("dblp:journals/corr/abs-1", "dblp:conf/acl/X19", False),
        ("dblp:conf/acl/X19", "dblp:conf/acl/Y19", True),
        ("isbn:1", "isbn:2", False),
    ],
)
def test_contradicting_identifiers(one, other, contradict):
    first, second = Identifiers.of(one.split()), Identifiers.of(other.split())
    assert first.contradict(second) is contradict
    assert second.contradict(first) is contradict


@pytest.mark.parametrize(
    ("doi", "plain"),
    [
        ("10.21203/rs.3.rs-1234/v2", "10.21203/rs.3.rs-1234"),
        ("10.26434/chemrxiv-2021-abc-v2", "10.26434/chemrxiv-2021-abc"),
        ("10.20944/preprints202001.0001.v1", "10.20944/preprints202001.0001"),
        ("10.12688/f1000research.7678.2", "10.12688/f1000research.7678"),
        ("10.1000/v2", "10.1000/v2"),
        ("10.1007/s10994-020-05910-7", "10.1007/s10994-020-05910-7"),
    ],
)
def test_versions_of_dois(doi, plain):
    assert doi_identity(doi) == plain


def test_union_keeps_all():
    one, other = Identifiers.of(["arxiv:a", "pmid:1"]), Identifiers.of(["arxiv:b"])
    assert one.union(other).by_scheme == {"arxiv": {"arxiv:a", "arxiv:b"}, "pmid": {"pmid:1"}}
    assert exclusive_scheme("issn:1") is None
