"""Values that only papers have: arXiv's categories, and links to sites of papers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PAPER_HOSTS = (
    "arxiv.org", "openreview.net", "aclanthology.org", "proceedings.mlr.press", "papers.nips.cc",
    "proceedings.neurips.cc", "openaccess.thecvf.com", "biorxiv.org", "medrxiv.org", "doi.org",
    "ncbi.nlm.nih.gov", "pubmed.ncbi.nlm.nih.gov", "semanticscholar.org", "dl.acm.org", "ieeexplore.ieee.org",
    "alphaxiv.org", "ssrn.com", "jmlr.org", "usenix.org", "hal.science",
)  # fmt: skip
ARXIV_CATEGORY = re.compile(
    r"(?:astro-ph|cond-mat|cs|econ|eess|gr-qc|hep-(?:ex|lat|ph|th)|math|math-ph|nlin|nucl-(?:ex|th)|physics|q-bio|"
    r"q-fin|quant-ph|stat|cmp-lg)(?:\.[A-Za-z-]+)?$"
)


def is_paper_host(link: str) -> bool:
    """Return whether a link is to a site of papers."""
    try:
        host = urlsplit(link.strip()).hostname or ""
    except ValueError:
        return False
    return any(host == known or host.endswith(f".{known}") for known in PAPER_HOSTS)
