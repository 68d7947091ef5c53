"""Texts written for the tests: short, long past every limit, and strange."""

SHORT = (
    "Sparse attention for long documents\nWe let each token look at a few hundred others, chosen by content.",
    "Graph networks for molecule design\nA generator proposes atoms one at a time and is scored by energy.",
    "Learning to walk without falling\nA legged robot learns from its own stumbles in simulation.",
    "Counting galaxies with weak labels\nAmateurs label survey images; we model who tends to err.",
    "A title that stands alone",
)

_SENTENCE = (
    "We study how {0} models of {1} behave when the data of {2} are scarce, noisy or drift over time, "
    "and find that {1} helps most where {0} methods fail. "
)
_WORDS = [
    "probabilistic",
    "retrieval",
    "medicine",
    "symbolic",
    "segmentation",
    "robotics",
    "causal",
    "speech",
]


def long_text(number: int, sentence_count: int) -> str:
    """A text of about 35 tokens a sentence, different for every number."""
    sentences = [
        _SENTENCE.format(*(_WORDS[(number + 3 * place + step) % len(_WORDS)] for step in (0, 2, 5)))
        for place in range(sentence_count)
    ]
    return f"On the limits of method {number}\n{''.join(sentences)}"


STRANGE = (
    "",
    " ",
    "数学 и физика: ∀x∈ℝ, x²≥0 — naïve café 🤖",
    "x" * 5000,
    "$\\mathcal{O}(n \\log n)$ bounds for \\emph{every} graph\nProof in the appendix.",
)

MIXED = (*SHORT, *(long_text(number, 1 + number % 17) for number in range(24)), *STRANGE)
