"""File papers under 60 given labels, with five example papers each, beside zero-shot cosine.

Needs PAPERLAKE_REAL_DATA. Labels are the arXiv categories of the balanced sample under their names; the first
category of a paper is the truth. Far-off papers are short texts of other worlds, written for this benchmark,
and papers of eight categories that a second taxonomy leaves out.

    python benchmarks/taxonomy.py [papers, 0: all]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from topic_methods import Labels, Vectors, read_papers, vectors_of

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.settings import Settings
from paperlake.topics.taxonomy.classifier import Filed, fit_classifier

EXAMPLES = 5
SEEDS = 5
BINS = 10
LEFT_OUT = (
    "hep-th", "math.AG", "math.GR", "math.GT", "nlin.SI", "physics.optics", "physics.plasm-ph", "q-bio.PE",
)  # fmt: skip
# Names of arXiv's category taxonomy.
NAMES = {
    "cond-mat.mtrl-sci": "Materials science",
    "cond-mat.other": "Other condensed matter",
    "cond-mat.quant-gas": "Quantum gases",
    "cond-mat.soft": "Soft condensed matter",
    "cond-mat.stat-mech": "Statistical mechanics",
    "cs.CR": "Cryptography and security",
    "cs.CV": "Computer vision and pattern recognition",
    "cs.CY": "Computers and society",
    "cs.DC": "Distributed, parallel, and cluster computing",
    "cs.GT": "Computer science and game theory",
    "cs.IR": "Information retrieval",
    "cs.IT": "Information theory",
    "cs.LG": "Machine learning",
    "cs.LO": "Logic in computer science",
    "cs.NI": "Networking and internet architecture",
    "cs.RO": "Robotics",
    "cs.SE": "Software engineering",
    "cs.SI": "Social and information networks",
    "cs.SY": "Systems and control",
    "eess.SP": "Signal processing",
    "hep-ph": "High energy physics - phenomenology",
    "hep-th": "High energy physics - theory",
    "math-ph": "Mathematical physics",
    "math.AC": "Commutative algebra",
    "math.AG": "Algebraic geometry",
    "math.AT": "Algebraic topology",
    "math.CA": "Classical analysis and ODEs",
    "math.CO": "Combinatorics",
    "math.CV": "Complex variables",
    "math.DG": "Differential geometry",
    "math.FA": "Functional analysis",
    "math.GR": "Group theory",
    "math.GT": "Geometric topology",
    "math.LO": "Logic",
    "math.MG": "Metric geometry",
    "math.NA": "Numerical analysis",
    "math.OA": "Operator algebras",
    "math.OC": "Optimization and control",
    "math.PR": "Probability",
    "math.QA": "Quantum algebra",
    "math.RA": "Rings and algebras",
    "math.RT": "Representation theory",
    "math.ST": "Statistics theory",
    "nlin.CD": "Chaotic dynamics",
    "nlin.SI": "Exactly solvable and integrable systems",
    "physics.acc-ph": "Accelerator physics",
    "physics.app-ph": "Applied physics",
    "physics.atom-ph": "Atomic physics",
    "physics.bio-ph": "Biological physics",
    "physics.chem-ph": "Chemical physics",
    "physics.comp-ph": "Computational physics",
    "physics.gen-ph": "General physics",
    "physics.optics": "Optics",
    "physics.plasm-ph": "Plasma physics",
    "physics.soc-ph": "Physics and society",
    "q-bio.NC": "Neurons and cognition",
    "q-bio.PE": "Populations and evolution",
    "quant-ph": "Quantum physics",
    "stat.AP": "Statistics - applications",
    "stat.ME": "Statistics - methodology",
}
FAR_OFF = (
    "Sourdough at home\nA starter of rye flour and water is fed daily, and the loaf is baked in an iron pot.",
    "Pruning apple trees\nOld branches are cut in late winter so that light reaches the fruit in summer.",
    "The art of the fugue for beginners\nA guide to listening to polyphonic keyboard music of the baroque.",
    "Marriage in the novels of the nineteenth century\nHow dowries and letters drive plots of manners.",
    "Tax treatment of rented holiday homes\nOwners deduct repairs and insurance in the year of payment.",
    "A walking tour of medieval town walls\nGates, towers and moats that can be visited in one afternoon.",
    "Goalkeeping drills for youth teams\nExercises for footwork, diving and distribution of the ball.",
    "Caring for leather boots\nClean with a damp brush, dry slowly and apply wax twice a year.",
    "The parish registers of a fishing village\nBaptisms and burials from three centuries, transcribed.",
    "Watercolour skies\nHow to lay a wet wash, lift clouds with a sponge and keep the horizon soft.",
    "Custody after divorce\nCourts weigh the wishes of the child and the homes of both parents.",
    "Learning to sail a dinghy\nTacking, gybing and righting the boat after a capsize.",
    "Vegetarian stews of the Levant\nChickpeas, aubergines and lemon with rice or flat bread.",
    "The liturgy of Easter night\nLight, readings and baptism in the rites of several churches.",
    "Training a young horse\nGroundwork with a long rein before the first saddle.",
    "Restoring wooden windows\nOld putty is removed, joints are glued and the frame painted in oil.",
    "The grammar of polite requests\nModal verbs and questions in letters of complaint.",
    "A history of the village bakery strike\nInterviews with families who remember that autumn.",
    "Knitting a seamless jumper\nThe yoke is worked in the round from the neck down.",
    "Choosing a tent for winter tours\nPoles, guy lines and ventilation against frost inside.",
)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    papers = read_papers("balanced", count or None)
    vectors = vectors_of("balanced", papers)
    categories = np.array(papers["categories"].list.first().to_list())
    embedder = make_embedder(Settings())
    names = sorted(NAMES)
    texts = dict(zip(names, embedder.embed([NAMES[name] for name in names])[0], strict=True))
    report(vectors, categories, texts, embedder.embed(list(FAR_OFF))[0])


def report(vectors: Vectors, categories: Labels, texts: dict[str, Vectors], far: Vectors) -> None:
    """Print the table of methods, and the calibration of scores."""
    names = sorted(NAMES)
    rest = [name for name in names if name not in LEFT_OUT]
    print(f"{len(vectors):,} papers, {len(names)} labels, {EXAMPLES} examples each, mean of {SEEDS} draws\n")
    print("| method | accuracy | of those filed | none: of labels | none: left-out labels | none: far-off |")
    print("|---|---:|---:|---:|---:|---:|")
    zero = np.stack([texts[name] for name in names])
    rows = np.flatnonzero(np.isin(categories, names))
    right = (vectors[rows] @ zero.T).argmax(axis=1) == np.searchsorted(names, categories[rows])
    print(f"| zero-shot cosine to the name | {right.mean():.3f} | {right.mean():.3f} | – | – | – |")
    for weight in (0.0, 1.0, 2.0, 4.0):
        cells, bins = [], []
        for seed in range(SEEDS):
            row, scores = one_draw(vectors, categories, texts, far, (names, rest), weight, seed)
            cells.append(row)
            bins.append(scores)
        shown = " | ".join(f"{value:.3f}" for value in np.mean(cells, axis=0))
        print(f"| prototypes, text weighs {weight:g} | {shown} |", flush=True)
        if weight == 1.0:
            found = np.concatenate(bins)
    print(f"\nCalibration (text weighs 1): {calibration(found)}")


def one_draw(
    vectors: Vectors,
    categories: Labels,
    texts: dict[str, Vectors],
    far: Vectors,
    taxonomies: tuple[Sequence[str], Sequence[str]],
    weight: float,
    seed: int,
) -> tuple[list[float], Vectors]:
    """Return accuracy and shares of none with new examples, and the score and truth of each paper."""
    names, rest = taxonomies
    drawn = np.random.default_rng(seed)
    examples = {
        name: drawn.choice(np.flatnonzero(categories == name), EXAMPLES, replace=False) for name in names
    }
    test = np.setdiff1d(np.arange(len(vectors)), np.concatenate(list(examples.values())))

    def file(labels: Sequence[str], wanted: Vectors) -> Filed:
        rows = np.concatenate([examples[name] for name in labels])
        numbers = np.repeat(np.arange(len(labels)), EXAMPLES)
        fitted = fit_classifier(vectors[rows], numbers, np.stack([texts[name] for name in labels]), weight)
        return fitted.file(wanted)

    filed = file(names, vectors[test])
    right = filed.nearest == np.searchsorted(names, categories[test])
    inside = filed.is_none == 0
    unseen = file(rest, vectors[np.isin(categories, LEFT_OUT)])
    shares = [right.mean(), right[inside].mean(), filed.is_none.mean(), unseen.is_none.mean()]
    return [*shares, file(names, far).is_none.mean()], np.stack([filed.score[inside], right[inside]], axis=1)


def calibration(found: Vectors) -> str:
    """Return mean score and accuracy by bins of the score, and their mean difference."""
    bins = np.minimum((found[:, 0] * BINS).astype(int), BINS - 1)
    parts = [found[bins == number] for number in range(BINS) if (bins == number).sum() >= BINS]
    errors = [abs(part[:, 0].mean() - part[:, 1].mean()) * len(part) for part in parts]
    cells = ", ".join(f"{part[:, 0].mean():.2f} → {part[:, 1].mean():.2f}" for part in parts)
    return f"{cells}; expected calibration error {sum(errors) / len(found):.3f}"


if __name__ == "__main__":
    main()
