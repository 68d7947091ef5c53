"""Hand-made pairs that are hard to judge: half are one work, half are two works that look alike.

Each pair says why. All texts are written for these tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HardPair:
    """Two texts, and why they are one work or two."""

    name: str
    same: bool
    why: str
    one: tuple[str, str | None]
    other: tuple[str, str | None]


SEARCH = (
    "Dense retrievers answer questions by comparing vectors of queries and passages. We show that their errors "
    "cluster around rare entities and propose Lantern, which stores entity cards beside the passages and lets "
    "the encoder attend to them. On six retrieval benchmarks Lantern improves recall at twenty by four points, "
    "and most of the gain comes from questions about people and places seen fewer than ten times in training."
)
SEARCH_EDITED = (
    "Dense retrievers answer questions by comparing the vectors of queries and of passages. We show that errors "
    "cluster around rare entities and propose Lantern, which keeps entity cards next to the passages and lets "
    "the encoder attend to these. On seven retrieval benchmarks Lantern improves recall at twenty by five "
    "points; most of the gain comes from questions about people and places that were rarely seen in training."
)
SEARCH_MULTI = (
    "Retrievers for many languages inherit the weaknesses of English ones. We carry entity cards over to "
    "forty languages with a dictionary of names, train a shared encoder with them, and release judgements for "
    "eleven languages that had none. Transliterated names turn out to be the hardest case for all systems."
)
GLACIER = (
    "We follow the retreat of thirty alpine glaciers between 1985 and 2020 with satellite altimetry. Mass loss "
    "doubled after 2003 and is best explained by summer temperature; debris cover slows the melting of the "
    "tongues but not of the upper basins. Our maps are resolved to ten metres and come with error estimates."
)
GLACIER_SHORT = "We follow the retreat of thirty alpine glaciers between 1985 and 2020 with satellite altimetry. Mass loss doubled after 2003 and is best explained by summer temperature; debris"
SPECTRA = (
    "We prove that the spectral gap of the adjacency operator of a random $d$-regular graph on $n$ vertices "
    "concentrates around $2\\sqrt{d-1}$ with fluctuations of order $\\mathcal{O}(n^{-2/3})$. The proof "
    "compares traces of non-backtracking powers with those of the infinite tree."
)
SPECTRA_PLAIN = (
    "We prove that the spectral gap of the adjacency operator of a random d-regular graph on n vertices "
    "concentrates around 2 sqrt(d-1) with fluctuations of order O(n^{-2/3}). The proof compares traces of "
    "non-backtracking powers with those of the infinite tree."
)
SPECTRA_SECOND = (
    "We continue the study of random regular graphs and show that their eigenvectors are delocalized. In the "
    "first part the spectral gap was computed by traces of non-backtracking powers; here a local law down to "
    "the optimal scale is derived from switchings of edges, and quantum unique ergodicity follows."
)
ROBOT = (
    "Robots that fold laundry fail when cloth hides its own corners. We train a policy on simulated towels with "
    "randomized stiffness, let it ask for a second camera view when it is unsure, and transfer it to a real arm "
    "without further training. It folds eight of ten towels in under a minute."
)
ROBOT_SHIRTS = (
    "Shirts have sleeves, and sleeves need two arms. Building on our policy for towels, whose corners hide when "
    "cloth is crumpled, we learn a grasp planner from four hundred demonstrations and run it on a bimanual "
    "platform. It folds six of ten shirts in under three minutes and recovers from dropped sleeves."
)
CODE_MODEL = (
    "We present Quill, an open language model for programming with seven billion parameters, trained on two "
    "trillion tokens of permissively licensed code. It completes functions in eighty languages, accepts a whole "
    "repository as context, and matches closed models of three times its size on unit test benchmarks."
)
CODE_MODEL_NEXT = (
    "We present the next generation of Quill, an open family of language models for programming with three to "
    "thirty billion parameters, trained on nine trillion tokens. A new mixture of commits, issues and reviews "
    "teaches it to edit; tool use and long context are new. It matches closed models on agentic benchmarks."
)
BENCH = (
    "We collect fifty-eight data sets in eight tasks to measure text embeddings and find that no method "
    "dominates. Models that shine at similarity fail at clustering, and scale helps less than training data. "
    "An open leaderboard with code to add models accompanies the benchmark."
)
BENCH_LAW = (
    "Text embeddings are measured on general text, yet lawyers search statutes and briefs. We collect thirty-one "
    "legal data sets in five tasks, find that rankings from general benchmarks hardly carry over, and show that "
    "a simple model tuned on case law beats larger ones. An open leaderboard accompanies the benchmark."
)
CELL = (
    "Single-cell sequencing separates cell types but loses where cells sat. We align sequenced cells with "
    "stained tissue sections by optimal transport with a spatial prior, recover layers of the mouse cortex "
    "without supervision, and report uncertainty for each cell. The method scales to a million cells."
)
CELL_REWORDED = (
    "Sequencing single cells tells cell types apart but forgets where the cells sat. By optimal transport with "
    "a spatial prior we align sequenced cells with stained tissue sections, recover the layers of mouse cortex "
    "without any supervision, and give an uncertainty for each cell; the method scales to one million cells."
)
MARKET = (
    "We model a market in which sellers learn prices by gradient steps and buyers search with noise. Prices "
    "cycle when search is cheap and settle when it is costly; collusion without communication appears at "
    "intermediate costs. Data from three online marketplaces agree with the predicted phases."
)
NEWS = "We survey work on detecting false news from 2010 to 2023 and sort it by evidence, language and delay."

TITLE_SEARCH = "Lantern: Entity Cards for Dense Retrieval of Rare Facts"
TITLE_GLACIER = "Thirty-Five Years of Alpine Glacier Retreat from Satellite Altimetry"
TITLE_SPECTRA = "The spectral gap of random $d$-regular graphs"
TITLE_ROBOT = "Folding Towels with Uncertain Corners"
TITLE_CELL = "Placing Sequenced Cells in Tissue by Optimal Transport"
TITLE_MARKET = "Learning Sellers and Noisy Search in Online Markets"


def _same(name: str, why: str, one: tuple[str, str | None], other: tuple[str, str | None]) -> HardPair:
    return HardPair(name, True, why, one, other)


def _two(name: str, why: str, one: tuple[str, str | None], other: tuple[str, str | None]) -> HardPair:
    return HardPair(name, False, why, one, other)


ONE_WORK = [
    _same("case", "capitals are typography", (TITLE_SEARCH, SEARCH), (TITLE_SEARCH.upper(), SEARCH + " ")),
    _same("edited abstract", "a new version reworded the abstract", (TITLE_SEARCH, SEARCH), (TITLE_SEARCH, SEARCH_EDITED)),
    _same("retitled", "the same abstract under a new title", (TITLE_SEARCH, SEARCH), ("Entity Cards Help Dense Retrievers with Rare Facts", SEARCH)),
    _same("retitled and edited", "title and abstract were both edited lightly", (TITLE_SEARCH, SEARCH), ("Entity Cards for Dense Retrieval of Rare Facts", SEARCH_EDITED)),
    _same("hyphen", "a hyphen more or less", ("Pre-Training Retrievers on Rare Facts with Entity Cards", SEARCH), ("Pretraining Retrievers on Rare Facts with Entity Cards", SEARCH_EDITED)),
    _same("dash and quotes", "Unicode dashes and quotes", ("Learning Sellers – “Noisy” Search in Markets", MARKET), ('Learning Sellers - "Noisy" Search in Markets', MARKET + " Extended version.")),
    _same("ligature", "a ligature from a PDF", ("E\ufb03cient Folding of Towels with Uncertain Corners", ROBOT), ("Efficient Folding of Towels with Uncertain Corners", ROBOT + " Videos are online.")),
    _same("accents", "LaTeX accents and Unicode accents", ("Schr\\\"odinger Bridges for Cells: Placing Sequenced Cells in Tissue", CELL), ("Schrödinger Bridges for Cells: Placing Sequenced Cells in Tissue", CELL_REWORDED)),
    _same("LaTeX math", "formulas with and without LaTeX", (TITLE_SPECTRA, SPECTRA), ("The spectral gap of random d-regular graphs", SPECTRA_PLAIN)),
    _same("LaTeX command in title", "a calligraphic letter is a letter", ("An $\\mathcal{O}(n)$ Algorithm for Noisy Search in Markets", MARKET), ("An O(n) Algorithm for Noisy Search in Markets", MARKET + " With proofs.")),
    _same("code ending", "a listing cut the last sentence", (TITLE_CELL, CELL), (TITLE_CELL, CELL + " Code is available at https://github.com/example/cells.")),
    _same("mirror host", "a mirror rewrote the link", (TITLE_CELL, CELL + " See https://example.org/cells."), (TITLE_CELL, CELL + " See https://mirror.example.net/x/cells.")),
    _same("truncated", "one listing cuts abstracts", (TITLE_GLACIER, GLACIER), (TITLE_GLACIER, GLACIER_SHORT + "…")),
    _same("no abstract", "a telling title without an abstract, and only one paper of that title", (TITLE_GLACIER, GLACIER), (TITLE_GLACIER, None)),
    _same("subtitle dropped", "a listing shows only what stands before the subtitle", ("Placing Sequenced Cells in Tissue by Optimal Transport: A Spatial Prior", CELL), (TITLE_CELL, CELL_REWORDED)),
    _same("label", "an export puts `Abstract:` before the text", (TITLE_MARKET, MARKET), (TITLE_MARKET, "Abstract: " + MARKET)),
    _same("HTML", "markup of a web page", (TITLE_MARKET, MARKET), ("Learning <i>Sellers</i> &amp; Noisy Search in Online Markets", MARKET + " <p>")),
    _same("typo", "a typing error in the title was corrected", ("Thirty-Five Years of Alpine Glacer Retreat from Satellite Altimetry", GLACIER), (TITLE_GLACIER, GLACIER.replace("debris", "rock debris"))),
    _same("renamed system", "version 2 gives the system another name", ("Beacon: Entity Cards for Dense Retrieval of Rare Facts", SEARCH.replace("Lantern", "Beacon")), (TITLE_SEARCH, SEARCH)),
    _same("later called part one", "the first part was published before there was a second", (TITLE_SPECTRA + ", Part I", SPECTRA), (TITLE_SPECTRA, SPECTRA + " This is the first of two papers.")),
    _same("reworded throughout", "every sentence was touched, no fact changed", (TITLE_CELL, CELL), (TITLE_CELL, CELL_REWORDED)),
]  # fmt: skip

TWO_WORKS = [
    _two("parts by numeral", "part I and part II are two papers", (TITLE_SPECTRA + " I", SPECTRA), (TITLE_SPECTRA + " II", SPECTRA_SECOND)),
    _two("parts with equal abstracts", "parts often share an abstract and stay two papers", (TITLE_SPECTRA + ", Part 1", SPECTRA), (TITLE_SPECTRA + ", Part 2", SPECTRA + " Second part.")),
    _two("sequel", "a second part never is the paper without a number", (TITLE_SPECTRA, SPECTRA), (TITLE_SPECTRA + " II", SPECTRA_SECOND)),
    _two("prefix of a name", "B-LANTERN builds on LANTERN", ("LANTERN: Entity Cards for Dense Retrieval", SEARCH), ("B-LANTERN: Bootstrapped Entity Cards for Dense Retrieval", SEARCH_EDITED)),
    _two("longer name", "Quill 3.0 Max is a later, larger model", ("Quill 3.0: An Open Model for Programming", CODE_MODEL), ("Quill 3.0 Max: An Open Model for Programming", CODE_MODEL_NEXT)),
    _two("version number", "2.0 and 3.0 are two models with two reports", ("Quill 2.0 Technical Report", CODE_MODEL), ("Quill 3.0 Technical Report", CODE_MODEL_NEXT)),
    _two("version number, alike abstracts", "reports of two versions copy each other's words", ("Quill 2: Technical Report", CODE_MODEL), ("Quill 3: Technical Report", CODE_MODEL.replace("seven", "nine").replace("two trillion", "four trillion"))),
    _two("size of a model", "Mini and Ultra are two models", ("Quill 3 Mini: Open Models for Programming", CODE_MODEL), ("Quill 3 Ultra: Open Models for Programming", CODE_MODEL.replace("seven billion", "two hundred billion"))),
    _two("domain edition", "a benchmark for law is not the general benchmark", ("TEMB: Text Embedding Benchmark", BENCH), ("LawTEMB: Legal Text Embedding Benchmark", BENCH_LAW)),
    _two("comment", "a comment is a work about another", (TITLE_MARKET, MARKET), ("Comment on: " + TITLE_MARKET, MARKET)),
    _two("reply", "the reply to a comment is not the comment", ("Comment on " + TITLE_MARKET, MARKET), ("Reply to Comment on " + TITLE_MARKET, MARKET + " We reply.")),
    _two("erratum", "an erratum corrects another work", (TITLE_GLACIER, GLACIER), ("Erratum: " + TITLE_GLACIER, GLACIER)),
    _two("supplement", "supplementary material is published apart", (TITLE_CELL, CELL), ("Supplementary material for " + TITLE_CELL, CELL)),
    _two("yearly report", "the task of 2024 and the task of 2025", ("Findings of the 2024 Shared Task on Rare Facts", SEARCH), ("Findings of the 2025 Shared Task on Rare Facts", SEARCH_EDITED)),
    _two("generic title", "two papers are called Introduction", ("Introduction", MARKET), ("Introduction", GLACIER)),
    _two("generic title, long", "same title, unrelated abstracts", ("A Survey of Recent Advances", NEWS), ("A Survey of Recent Advances", CELL)),
    _two("generic title without abstract", "a heading says nothing", ("Editorial", None), ("Editorial", MARKET)),
    _two("extension", "the same group extends its method to another object", (TITLE_ROBOT, ROBOT), ("Folding Shirts with Uncertain Corners", ROBOT_SHIRTS)),
    _two("other languages", "a multilingual sequel with its own abstract", (TITLE_SEARCH, SEARCH), ("Lantern Abroad: Entity Cards for Retrieval in Many Languages", SEARCH_MULTI)),
    _two("same topic", "two papers on one topic by different people", ("Detecting False News: A Survey", NEWS), ("Detecting False News Early: A Survey of Delay", "False news spreads fast. This overview orders detectors by how early they decide, and asks for benchmarks with time stamps.")),
]  # fmt: skip

HARD_PAIRS = [*ONE_WORK, *TWO_WORKS]
