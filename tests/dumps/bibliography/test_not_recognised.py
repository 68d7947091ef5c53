"""Texts that only look like a bibliography: none may become entries."""

import pytest

from paperlake.dumps.bibliography.bibtex.reader import READER as BIBTEX
from paperlake.dumps.bibliography.tagged import READERS as TAGGED
from paperlake.dumps.tabular.delimited import READER as CSV

CITATION = "@article{see2020,\n  title={A Program for Ponds},\n  author={See, A.},\n  year={2020}\n}\n"
INDENTED = CITATION.replace("\n", "\n    ")
TEXTS = {
    "a readme with a citation": f"# Pond\n\nA program.\n\n## Citation\n\n```bibtex\n{CITATION}```\n",
    "a readme without fences": f"Pond\n====\n\nA program for ponds.\nInstall it.\nRun it.\nIf you use it, cite\n\n{CITATION}",
    "a docstring": f'"""Count ponds.\n\n    {INDENTED}"""\n\n\ndef count():\n    return 1\n',
    "a docstring that is mostly citations": f'"""\n{CITATION}{CITATION}"""\n',
    "a class of Java": '@Entity(name = "pond")\npublic class Pond {\n  @Column(name = "a")\n  String a;\n}\n',
    "annotations": "@article(title = x)\n@book(title = y)\nval z = 1\nval y = 2\n",
    "LaTeX with its bibliography": f"\\documentclass{{article}}\n\\begin{{filecontents}}{{x.bib}}\n{CITATION}\\end{{filecontents}}\n",
    "a style of BibTeX": "ENTRY\n  { address\n    author\n  }\n  {}\n  { label }\nFUNCTION {article}\n{ output.bibitem\n}\n",
    "a bbl": "\\begin{thebibliography}{1}\n\\bibitem{a} A. See. A Pond. 2020.\n\\end{thebibliography}\n",
    "HTML with a citation": f"<html><body><pre>\n{CITATION}</pre></body></html>\n",
    "mail addresses": "me@example.org\nyou@article{here}\n",
    "a function of a style sheet": "@media (min-width: 1px) {\n  a { color: red }\n}\n",
    "prose about RIS": "TY  - is the first tag of a record.\nIt is followed by others.\nER  - ends it.\n",
    "a log": "INFO  - started\nWARN  - slow\nINFO  - done\n" * 20,
    "a list of options": "AB  - first option\nCD  - second option\nEF  - third\n" * 5,
    "a table of codes": "AU Australia\nTI Ticino\nSO Somalia\nPT Portugal\n" * 4,
    "a header of mail": "From: a\nTo: b\nSubject: On Ponds\nDate: 2020-01-01\n\nTitle: x\n",
    "a comment of a script": "%0 is the name of the script\n%1 is its argument\necho %1\nset A=%2\n",
    "a gettext catalogue": 'msgid "title"\nmsgstr "Titel"\n\nmsgid "authors"\nmsgstr "Autoren"\n',
    "assembly": "PT equ 1\nAU equ 2\nTI equ 3\nSO equ 4\n",
    "a licence": "Permission is hereby granted, free of charge, to any person; title, authors, and so on.\n" * 3,
    "YAML": "title: On Ponds\nauthors: [A. See]\nabstract: none\n",
    "an ini": "[metadata]\ntitle = Ponds\nauthor = A. See\nyear = 2020\n",
    "a table in Markdown": "| Title | Authors | Year |\n|---|---|---|\n| On Ponds | A. See | 2020 |\n",
    "prose with commas": "The title, the authors, the year and the abstract\nare all named here, in one line.\n",
    "an empty file": "",
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_other_texts_are_not_recognised(kind: str) -> None:
    head = TEXTS[kind].encode()
    assert [reader.format for reader in (BIBTEX, *TAGGED, CSV) if reader.recognises(head, "papers.bib")] == []
