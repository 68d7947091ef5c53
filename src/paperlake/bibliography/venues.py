"""Tell the kind of a publication by the text of its venue.

A venue is a name in free text: `Phys. Rev. D 76 (2007)`, `Proc. of ICML 2020`, `CoRR`.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """The kind of a publication."""

    ARTICLE = "article"
    CONFERENCE = "conference"
    PREPRINT = "preprint"


_PREPRINT = re.compile(
    r"^(?:arxiv|corr|biorxiv|medrxiv|chemrxiv|techrxiv|psyarxiv|eartharxiv|ssrn|research square|preprints?"
    r"|hal|zenodo|osf preprints|authorea)\b|\be-?prints?\b|\bpre-?print\b",
    re.IGNORECASE,
)
# Series whose names begin like those of conferences, and that number volumes and issues.
_JOURNAL = re.compile(
    r"\b(?:journal|transactions|letters|annals|magazine)\b"
    r"|\bproc(?:eedings|\.)?\s+(?:of\s+)?(?:the\s+)?(?:ieee\b(?!.*\b(?:conf|symp|int|work))|nat(?:ional|l\.?)\s+acad"
    r"|r(?:oyal|\.)\s+soc|(?:american|london|edinburgh)\s+(?:math|phil)|acm\s+on\b|vldb\b)",
    re.IGNORECASE,
)
_CONFERENCE = re.compile(
    r"\b(?:proc(?:eedings)?|conf(?:erence)?|symp(?:osium)?|workshops?|congress|(?:annual|general) meeting"
    r"|findings of|lecture notes in|lncs|advances in neural information|international joint)\b",
    re.IGNORECASE,
)
_ACRONYM = re.compile(
    r"\b(?:AAAI|AAMAS|ACCV|ACL|AISTATS|ASE|ASPLOS|BMVC|CAV|CCS|CHI|CIKM|COLING|COLM|COLT|CoNLL|CoRL|CRYPTO|CVPR|"
    r"DAC|EACL|ECAI|ECCV|ECIR|ECML|EMNLP|ESEC|EUROCRYPT|FAccT|FOCS|FSE|HPCA|ICAPS|ICASSP|ICCV|ICDE|ICDM|ICIP|"
    r"ICLR|ICML|ICPR|ICRA|ICSE|IJCAI|IJCNLP|INFOCOM|INTERSPEECH|IROS|ISCA|ISIT|ISSTA|ITCS|KDD|LICS|LREC|MICCAI|"
    r"MICRO|MLSys|MobiCom|NAACL|NDSS|NeurIPS|NIPS|NSDI|OOPSLA|OSDI|PLDI|PODC|PODS|POPL|RecSys|RSS|SIGCOMM|SIGGRAPH|"
    r"SIGIR|SIGMOD|SODA|SOSP|STOC|TACAS|UAI|UIST|USENIX|VLDB|WACV|WMT|WSDM|WWW)\b"
)


def venue_kind(venue: str) -> Kind:
    """Return the kind of publication that a venue is; a journal where nothing says otherwise.

    >>> venue_kind("Proc. of the 37th ICML"), venue_kind("Proceedings of the IEEE"), venue_kind("CoRR")
    (<Kind.CONFERENCE: 'conference'>, <Kind.ARTICLE: 'article'>, <Kind.PREPRINT: 'preprint'>)
    """
    if _PREPRINT.search(venue):
        return Kind.PREPRINT
    if _JOURNAL.search(venue):
        return Kind.ARTICLE
    if _CONFERENCE.search(venue) or _ACRONYM.search(venue):
        return Kind.CONFERENCE
    return Kind.ARTICLE
