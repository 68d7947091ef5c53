"""The wording of abstracts: words that abstracts of papers have and other prose hardly has.

The words are those of `WORDS`: each is about 20 times as frequent in abstracts of arXiv (12,292, of all its
archives) as in paragraphs of software documentation (17,187), counted once per text.
"""

from __future__ import annotations

import re

MIN_WORDS = 3  # different words of `WORDS` in an abstract
MIN_WORDS_SHORT = 1  # the same in a text of less than `SHORT_CHARS`
SHORT_CHARS = 300

_WORDS_TEXT = """
accuracy accurate achieve achieved achieves achieving adaptive advances agents aims algebra alignment
analyse analytical analytically analyze approach approaches architectures asymptotic autonomous baseline
baselines benchmark benchmarks bounded capabilities cells challenging classical clinical competitive
complementary complexity comprehensive computational conjecture conjectures consistency consistently
conventional crucial datasets demonstrate demonstrated demonstrates demonstrating density derive
diffusion discuss diverse domains dynamics effectiveness efficiency efficient emission empirical
enabling energy enhance enhances enhancing equations establish estimation evaluation evaluations
evidence evolution exhibit experimental experimentally experiments explore extensive fidelity findings
fine-grained fine-tuning finite framework fundamental furthermore gains galaxies gap gaussian
generalization generalize generative genes geometric geometry high-quality human hypothesis improvement
improvements improves improving increasingly insights integrates interactions introduce introduces
investigate investigated jointly kinematic knowledge large large-scale latent learning lemma leverages
leveraging lightweight literature llm llms magnetic manifold measurements mechanisms models moreover
motion multimodal networks neural novel numerical numerically observations observed obtain optimal our
outperforms paper paradigm particularly patients perception phase potential precise presented presents
promising proof propose proposed proposes prove proved quantum real-time real-world realistic reasoning
recent recently recognition reconstruction reduces reinforcement remains research retrieval reveal
reveals robust robustness role scalable scenarios scene semantic show showing signals significant
significantly simulation simulations social spatial species spectra spectral state-of-the-art
statistical stellar strategies strong structural struggle studied studies study substantially suggest
superior supervised supervision surface synthesis synthetic systematic systematically tasks technique
techniques temporal theorem theoretical theory thereby toward towards traditional trained training
trajectories transformer understanding unified vision-language we widely
"""
WORDS = frozenset(_WORDS_TEXT.split())
_WORD = re.compile(r"[a-z][a-z-]+")


def academic_words(text: str) -> int:
    """Return the number of different words of `WORDS` in a text."""
    return len(WORDS.intersection(_WORD.findall(text.lower())))


def is_academic(text: str, least: int | None = None) -> bool:
    """Return whether a text is worded as an abstract: by `least` words, or as many as its length asks."""
    if least is None:
        least = MIN_WORDS if len(text) >= SHORT_CHARS else MIN_WORDS_SHORT
    return academic_words(text) >= least
