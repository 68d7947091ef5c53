"""Texts that are no listings of papers, by kind, written for this project; none may give an entry.

Many hold what listings hold too: rules, menu words, dates, long paragraphs, words of abstracts, links to papers.
"""

# Paragraphs on one line of more than 300 characters, as editors without hard wraps write them.
CACHE = (
    "The cache keeps the last answers of the server in memory and writes them to disk every minute. When the "
    "process stops, the file on disk is read again at the next start, so that the first requests are fast. The "
    "size is limited by the option `cache.size`; entries that were not used for the longest time are removed "
    "first. Set the option to 0 to switch the cache off."
)
GARDEN = (
    "We planted the beans in the second week of May, when the nights were no longer cold, and covered them with a "
    "net because of the pigeons. By the end of June they had reached the top of the poles. The neighbours asked "
    "for the recipe of the soup that my grandmother used to cook from them, and I wrote it down on the back of a "
    "seed bag, which I have since lost."
)
MODEL = (
    "This model was trained on a large corpus of dialogue and can be used for retrieval and reranking. We recommend "
    "the small variant for laptops. The training data were filtered for quality, and the benchmark results are in "
    "the table below. Our tests show that the accuracy is significantly better than that of the previous release, "
    "and the framework needs less memory."
)
LICENCE = (
    "Permission is granted, free of charge, to any person who obtains a copy of this software and its documentation, "
    "to use, copy, modify and distribute it, provided that this notice appears in all copies. The software is "
    "provided as it is, without warranty of any kind, and in no event shall the authors be liable for any claim, "
    "damages or other liability that arises from its use."
)
METHODS = (
    "We propose to move the nightly job to the new cluster. Experiments with the old data show that the approach "
    "reduces the run time significantly, and the accuracy of the estimates remains the same. The evaluation on "
    "three datasets took two days. Moreover, the framework makes it possible to train models on several machines, "
    "which our team has wanted for a long time."
)


def doc(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


NEGATIVE_TEXTS: dict[str, list[str]] = {
    "readme": [
        doc("# pondlib", CACHE, "---", "## Installation", "```sh\npip install pondlib\n```", "---", "## Usage", MODEL),
        doc("pondlib", "=======", MODEL, "Installation", "------------", CACHE, "License", "-------", LICENCE),
        doc("# Trending Papers Scraper", "Fetches the page and prints `Daily Papers`.", "Daily Papers", CACHE,
            "```\nnew\nSubscribe\nDaily Papers\nbyAK and the research community\n```", "- one\n- two\n- three"),
    ],
    "plain readme": [
        doc("About", CACHE, "Configuration", LICENCE, "Solutions", GARDEN, "Community", CACHE),
        doc("Model description", MODEL, "Intended uses", CACHE, "Limitations", GARDEN, "Training", MODEL),
        doc("models", "solutions", "community", "next", GARDEN, "pricing", CACHE),
    ],
    "changelog": [
        doc("Changelog", "2.4.0 (2026-03-01)", "- Add a cache.\n- Fix the start.", "2.3.1 (2026-02-11)", "- Fix a typo."),
        "pondlib (2.4-1) unstable; urgency=low\n\n  * New upstream release.\n\n -- A. Writer <a@example.org>  Sun, 01 Mar\n"
        * 6,
        doc("## 3.0.0 - Mar 6, 2025", "### Added", f"* {CACHE}", "### Fixed", f"* {GARDEN}", "## 2.9.0 - Feb 1, 2025"),
    ],
    "python": [
        'import os\n\n\ndef walk(root: str) -> list[str]:\n    """Return all files.\n\n    We propose a simple approach."""\n'
        "    return [name for name in os.listdir(root)]\n" * 5,
        f'"""Retrieval with small models.\n\n{MODEL}\n"""\n\nfrom x import y\n\n\nclass Index:\n    """{METHODS}"""\n',
        f"# Learning rates of the models\n\nRATES = [0.1, 0.2]\n\n# {METHODS}\nfor rate in RATES:\n    print(rate)\n",
        "    :license: BSD, see LICENSE for details.\n    'AGGREGATE', 'ALIAS', 'ALL', 'ALTER', 'ANALYSE', 'ANALYZE',\n"
        "    'KEY_MEMBER', 'KEY_TYPE', 'LANGUAGE', 'LARGE', 'LAST',\n    'RETURNS', 'RIGHT', 'ROLE', 'ROUTINE',\n"
        "    'SET', 'SETOF', 'SETS', 'SHARE', 'SHOW', 'SIMILAR', 'SIMPLE', 'SIZE',\n    'SOME', 'SPACE', 'SPECIFIC',\n",
    ],
    "c": [
        "#include <stdio.h>\n\n/* " + CACHE + " */\nint main(void)\n{\n    puts(\"next\");\n    return 0;\n}\n",
        "/*\n * Ring buffer\n *\n * " + GARDEN + "\n */\nstatic int head;\n\nvoid push(int value)\n{\n    head = value;\n}\n",
    ],
    "java": [
        "package org.example;\n\n/**\n * " + CACHE + "\n */\npublic class Cache {\n    private int size;\n}\n" * 3,
        "import java.util.List;\n\npublic interface Store {\n    List<String> names();\n}\n",
    ],
    "javascript": [
        "// " + CACHE + "\nexport function next(items) {\n  return items.map((item) => item.next);\n}\n",
        "const menu = ['models', 'datasets', 'spaces'];\n\nmodule.exports = { menu };\n\n/* " + GARDEN + " */\n",
    ],
    "rust": ["//! Ponds\n//!\n//! " + CACHE + "\n\nuse std::fs;\n\npub fn read() -> String {\n    fs::read()\n}\n" * 2],
    "shell": ["#!/bin/sh\n# " + CACHE + "\nset -e\nfor f in *.txt; do\n  echo \"$f\"\ndone\n" * 4],
    "sql": ["-- " + GARDEN + "\nSELECT title, abstract\nFROM papers\nWHERE year = 2025;\n" * 3],
    "reST": [
        doc("Usage\n=====", CACHE, ".. code-block:: python\n\n   import x", "Models\n------", MODEL, ".. note::\n\n   Careful."),
        doc("API reference\n*************", ":param x: a number\n:returns: another", GARDEN, ".. toctree::\n\n   next"),
    ],
    "latex": [
        "\\documentclass{article}\n\\title{On Ponds}\n\\begin{document}\n\\begin{abstract}\n" + METHODS
        + "\n\\end{abstract}\n\\section{Introduction}\n" + MODEL + "\n\\end{document}\n",
        doc("\\section{Experiments}", METHODS, "\\section{Results}", MODEL, "\\subsection{Discussion}", CACHE),
    ],
    "log": [
        "".join(f"2026-03-0{n} 12:00:0{n} INFO server: request {n} took 12 ms\n" for n in range(1, 10)),
        "".join(f"[INFO] epoch {n}: loss=0.{n}, accuracy=0.8{n}\n" for n in range(1, 10)) + METHODS + "\n",
        "Mar  6 10:11:12 host kernel: started\nMar  6 10:11:13 host sshd: listening\n" * 8,
    ],
    "mail": [
        doc("From: a@example.org\nTo: b@example.org\nSubject: Meeting\nDate: Mon, 2 Mar 2026 10:00:00 +0000",
            "Dear all,", METHODS, "Best,\nA."),
        doc("Subject: New paper on ponds\nFrom: x@example.org\nMessage-ID: <1@x>", "Hi,", "> " + CACHE, GARDEN, "-- \nX"),
        doc("Dear colleagues,", METHODS, "With kind regards", "A. Writer", "Institute of Ponds"),
    ],
    "chat": [
        "".join(f"[12:0{n}] anna: have you read it?\n[12:0{n}] ben: not yet, we study it on Friday\n" for n in range(9)),
        "anna\n\nMar 6\n\n" + GARDEN + "\n\nben\n\nMar 7\n\n" + CACHE + "\n\nanna\n\nMar 8\n\nok\n",
        "User: What does the cache do?\n\nAssistant: " + CACHE + "\n\nUser: And the model?\n\nAssistant: " + MODEL + "\n"
        + "\nUser: thanks\n\nAssistant: " + METHODS + "\n",
    ],
    "bibliography as prose": [
        "".join(
            f"[{n}] A. Writer and B. Reader. A study of ponds, part {n}. Journal of Ponds, {n}(2):1-{n}0, 2020.\n\n"
            for n in range(1, 12)
        ),
        doc("References", *(f"Writer, A. ({2000 + n}). Deep learning for ponds {n}. In Proc. of Ponds." for n in range(9))),
        "- [A survey of ponds](https://arxiv.org/abs/2401.00001), 2024\n- [Ducks](https://arxiv.org/abs/2401.00002)\n" * 5,
    ],
    "awesome list": [
        doc("# Awesome Ponds", "## Papers", "- **Ponds** [[paper]](https://arxiv.org/abs/2401.00001) [[code]](https://x.y)\n"
            "- **Ducks** [[paper]](https://arxiv.org/abs/2401.00002) [[code]](https://x.z)", "## Tools", "- " + CACHE),
        doc("Ponds", "https://example.org/ponds", "Ducks", "https://example.org/ducks", "Frogs", "https://example.org/f"),
    ],
    "reference manager": [
        "".join(f"TY  - JOUR\nTI  - Ponds {n}\nAU  - Writer, A.\nAB  - {METHODS}\nER  - \n\n" for n in range(3)),
        "FN Clarivate\nVR 1.0\n" + "".join(f"PT J\nAU Writer, A\nTI Ponds {n}\nAB {METHODS}\nER\n\n" for n in range(3)),
        "".join(f"%0 Journal Article\n%T Ponds {n}\n%A Writer, A.\n%X {METHODS}\n\n" for n in range(3)),
        "".join(f"PMID- {n}\nTI  - Ponds {n}\nAB  - {METHODS}\nFAU - Writer, A\n\n" for n in range(3)),
    ],
    "table": [
        "".join(f"{n}\t{n * n}\t{n**3}\tpond {n}\n" for n in range(60)),
        "| option | meaning |\n|---|---|\n" + "".join(f"| size{n} | {CACHE} |\n" for n in range(4)),
        "| Title | Status |\n|---|---|\n| Fix the cache | open |\n| Move the job | closed |\n",
        "| Model | Accuracy | Paper |\n|---|---|---|\n| A | 0.8 | [link](https://arxiv.org/abs/2401.00001) |\n",
    ],
    "yaml": [
        "title: Ponds\nauthor: A. Writer\nabstract: " + METHODS + "\ndate: 2026-03-01\n",
        "".join(f"- name: job{n}\n  run: next\n  description: {CACHE}\n" for n in range(4)),
        "---\ntitle: Notes\ndate: 2026-03-01\n---\n\n" + GARDEN + "\n",
    ],
    "package metadata": [
        "Metadata-Version: 2.1\nName: pondlib\nVersion: 1.0\nSummary: Ponds\nAuthor: A. Writer\nLicense: MIT\n\n" + MODEL,
        "Package: ponds\nTitle: Tools for Ponds\nAuthor: A. Writer\nDescription: " + METHODS + "\nURL: https://x.org\n",
        "Document: ponds\nTitle: The Ponds Manual\nAuthor: A. Writer\nAbstract: " + METHODS + "\nSection: Science\n",
        "Title: Ponds\nAuthors: A. Writer\nAbstract: " + METHODS + "\n\n" + CACHE + "\n\n" + GARDEN + "\n",
    ],
    "lyrics and poems": [
        "The pond is still, the night is long,\nthe frogs have sung their evening song,\n\nand no one hears the heron rise\n" * 6,
        doc("Evening", "Over the pond the light is gone", "Morning", "Over the pond the light is back", "Chorus", "Oh pond"),
    ],
    "story": [
        doc("Chapter One", GARDEN, GARDEN.replace("beans", "peas"), "Chapter Two", GARDEN.replace("May", "June"), CACHE),
        doc("The Garden Behind the Old House", GARDEN, "A Letter From the Neighbours", GARDEN.replace("We", "They")),
    ],
    "news": [
        doc("City Opens New Pond for Ducks", GARDEN, "Council: More Trees Along the River", LICENCE, "Weather", CACHE),
        doc("Startup Raises Ten Million for Ponds", "Jane Doe", "·", "Mar 6, 2025", GARDEN, "Jane Doe", "·", "Mar 7, 2025"),
    ],
    "manual with a sample of a listing": [
        doc("# Formats", CACHE, "## Listing", "```", "[12](https://example.org/login?next=x)",
            "### [Ponds in Winter](https://example.org/papers/2610.00001)",
            "[We study ponds.](https://example.org/papers/2610.00001)", "```",
            *(part for n in range(6) for part in (f"## Option {n}", MODEL, "- one\n- two", LICENCE))),
        'PAGE = """\n### [Ponds in Winter](https://example.org/papers/2610.00001)\n\nMay 29\n"""\n' + "".join(
            f"\n\ndef option_{n}() -> int:\n    return {n}\n" for n in range(9)),
    ],
    "questions and answers": [
        doc("How do I switch the cache off?", CACHE, "Where is the licence?", LICENCE, "Can I grow beans?", GARDEN),
        doc("Q: Why is it slow?", "A: " + CACHE, "Q: Is it free?", "A: " + LICENCE, "Q: Which model?", "A: " + MODEL),
    ],
    "licence": [LICENCE, doc("The Pond License", LICENCE, "1. Definitions", LICENCE, "2. Grant", LICENCE, "3. Terms", LICENCE)],
    "meeting notes": [
        doc("Meeting of Mar 6, 2025", "Present: Anna, Ben", METHODS, "Next steps", "- move the job\n- ask Ben", GARDEN),
        doc("Decisions", METHODS, "Open questions", "Who pays?", "Actions", CACHE),
    ],
    "article": [
        doc("Introduction", METHODS, MODEL, METHODS, "Related work", MODEL, CACHE, "Method", METHODS, GARDEN, MODEL,
            "Results", MODEL, METHODS, "Conclusion", METHODS),
        doc("Moving the Nightly Job to the Cluster", METHODS, CACHE, GARDEN, LICENCE, "Why We Did It", GARDEN, CACHE),
    ],
    "scores": [
        "".join(f"Score: {n}.5\nPDF: https://example.org/{n}.pdf\n**Link**: https://example.org/{n}\n---\n" for n in range(9)),
        "PDF: https://arxiv.org/pdf/2401.00001\n\n" + METHODS + "\n\n---\n\nPDF: https://arxiv.org/pdf/2401.00002\n\n" + MODEL,
        "2026-03-01\n\n" + METHODS + "\n\n2026-03-02\n\n" + MODEL + "\n\n4.5/5\n\n" + METHODS + "\n",
    ],
    "markdown digest without papers": [
        doc("# Fix the cache", "**Author**: Anna", "**Link**: https://example.org/issues/1", "**Summary**: " + CACHE,
            "# Move the job", "**Author**: Ben", "**Link**: https://example.org/issues/2", "**Summary**: " + GARDEN),
        doc("## Standup", "**Date**: 2026-03-01", "**Notes**: " + CACHE, "## Retro", "**Date**: 2026-03-02", GARDEN),
    ],
}  # fmt: skip
