"""Papers as bibliographies for other programs: BibTeX, RIS and CSL-JSON.

`citing.py` reads what is to be cited from the warehouse, one module per format writes it, and `formats.py`
lists the formats.
"""

from __future__ import annotations

from paperlake.bibliography.citation import Citation, citation
from paperlake.bibliography.citing import citations
from paperlake.bibliography.formats import FORMATS, BibliographyFormat, bibliography

__all__ = ["FORMATS", "BibliographyFormat", "Citation", "bibliography", "citation", "citations"]
