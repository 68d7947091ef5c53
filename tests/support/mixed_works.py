"""Works that were invented for the tests, of which no two share a title: written by every format of a lake.

`draw` gives the works from lists of words; `mixed_dumps.py` writes them as each source does.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

METHODS = (
    "Sparse Attention", "Graph Matching", "Contrastive Pre-Training", "Tensor Factorisation", "Bayesian Filtering",
    "Monte Carlo Planning", "Spectral Clustering", "Integer Programming", "Masked Autoencoding", "Kernel Regression",
    "Program Synthesis", "Optimal Transport", "Low-Rank Adaptation", "Curriculum Learning", "Wavelet Shrinkage",
    "Symbolic Regression", "Message Passing", "Active Sampling", "Federated Averaging", "Neural Rendering",
    "Causal Discovery", "Diffusion Priors", "Reward Shaping", "Hierarchical Pooling", "Gaussian Processes",
)  # fmt: skip
SUBJECTS = (
    "River Ice", "Railway Timetables", "Bird Song", "Protein Folding", "Legal Contracts", "Crop Yields", "Galaxy Shapes",
    "Radiology Reports", "Bridge Vibrations", "Whale Migration", "Quantum Circuits", "Handwritten Ledgers",
    "Power Grids", "Coral Reefs", "Sign Language", "Wind Turbines", "Soil Moisture", "Court Rulings", "Music Scores",
    "Traffic Cameras", "Volcanic Ash", "Drug Interactions", "Ancient Coins", "Glacier Retreat", "Warehouse Robots",
    "Sleep Stages", "Insect Wings", "Credit Fraud", "Tidal Energy", "Ocean Currents", "Manuscript Fragments",
    "Battery Ageing", "Chess Endgames", "Forest Fires", "Kidney Exchange", "Satellite Drag", "Speech Disorders",
    "Steel Fatigue", "Urban Noise", "Vaccine Uptake",
)  # fmt: skip
SETTINGS = (
    "in Low Light", "under Missing Labels", "at Continental Scale", "from Few Examples", "with Noisy Sensors",
    "across Languages", "without Supervision", "on Mobile Devices", "in Real Time", "over Decades", "after Earthquakes",
    "in Developing Regions", "from Archival Records", "with Privacy Guarantees", "under Budget Constraints",
)  # fmt: skip
PATTERNS = (
    "{method} for {subject} {setting}", "{subject} {setting}: A Study of {method}", "Towards {method} for {subject} {setting}",
    "Does {method} Help? Evidence from {subject} {setting}", "{name}: {method} for {subject} {setting}",
    "Rethinking {method} for {subject} {setting}", "{name}, a Benchmark of {subject} {setting} and {method}",
    "The Limits of {method}: {subject} {setting}",
)  # fmt: skip
OPENINGS = (
    "{subject} matter to engineers and to the public, yet their statistics are known from {count} sites only.",
    "For more than {count} years {subject} were described by hand.", "Estimates of {subject} {setting} disagree widely.",
    "Most systems treat {subject} as a static problem.", "The cost of observing {subject} has fallen {count}-fold.",
    "How should one model {subject} {setting}?", "Public archives now hold {count} thousand records of {subject}.",
    "We revisit an old question about {subject}.", "Little is known about {subject} {setting}.",
)  # fmt: skip
MIDDLES = (
    "We introduce {name}, which replaces heuristics by {method} and needs {count} parameters at most.",
    "Our approach couples {method} with a {adjective} prior that is learned from {count} recordings.",
    "In contrast to earlier work on {other}, {method} is applied to raw measurements of {subject}.",
    "The {adjective} objective can be minimised in $O(n \\log n)$ steps, and a proof is given.",
    "A {adjective} decoder turns the output of {method} into forecasts of {subject}.",
    "{method} is trained on {count} hours of data and is then frozen.",
    "We derive a {adjective} bound of the error and verify it {setting}.",
    "Borrowing from {other}, we weight every observation by its {adjective} uncertainty.",
)  # fmt: skip
RESULTS = (
    "On {count} held-out {subject} the error falls from {low}% to {high}%.", "{name} outperforms {count} baselines (p < 0.0{low}).",
    "Ablations show that the {adjective} part accounts for {low}% of the gain.",
    "The gain over {other} models is {low} points, and remains {setting}.",
    "A blinded panel preferred our forecasts in {low}% of {count} cases.", "Runtime drops to {high} ms on a laptop.",
)  # fmt: skip
ENDINGS = (
    "Code and the {count} annotated records are released.", "We close with open questions about {subject} and {other}.",
    "These findings suggest that {method} deserves attention beyond {subject}.", "Limitations {setting} are discussed.",
    "The {adjective} data set is available on request.",
)  # fmt: skip
ADJECTIVES = (
    "convex", "sparse", "hierarchical", "monotone", "calibrated", "recurrent", "piecewise", "equivariant", "stochastic",
    "factorised", "adaptive", "submodular", "nonlinear", "robust", "quantised", "smooth",
)  # fmt: skip
GIVENS = (
    "Ada", "José María", "Søren", "Jean-Pierre", "Łucja", "Grace B.", "Kurt", "Zoë", "Åke", "Priya", "Wei", "Haruki",
    "Fatima", "Émile", "Noor", "Tomáš", "Ingrid", "Michael", "Sarah", "Dmitri", "Amara", "Luís", "Chloé", "Viktor",
)  # fmt: skip
FAMILIES = (
    "Lovelace", "García Márquez", "Ångström", "Dupont", "Żak", "Hopper", "Gödel", "O'Neill", "van der Berg", "Nair",
    "Zhang", "Tanaka", "Al-Khwarizmi", "Châtelet", "Janssen", "Dvořák", "Sørensen", "Brown", "Müller", "Ivanov", "Okafor",
    "Gonçalves", "Lefèvre", "Horváth", "Kim", "Nguyen", "Rossi", "Silva", "Petrov", "Yilmaz", "Cohen", "Larsson", "Smith",
    "Jones", "Fernández", "Weiß", "Novák", "Popescu", "Haddad", "Costa",
)  # fmt: skip
VENUES = (
    "Journal of Applied Measurement", "Transactions on Learning & Systems", "Proceedings of the Conference on Observation",
    "Annals of Forecasting", "International Review of Methods",
)  # fmt: skip
CATEGORIES = ("cs.LG", "cs.CL", "stat.ML", "physics.geo-ph", "q-bio.QM", "eess.SP")


@dataclass(frozen=True)
class Work:
    """One work: all that is true of it. Formats write parts of that."""

    number: int
    title: str
    abstract: str
    people: list[tuple[str, str]]
    """Given and family names."""
    day: date
    venue: str
    categories: list[str]

    @property
    def authors(self) -> list[str]:
        return [f"{given} {family}" for given, family in self.people]

    @property
    def arxiv_id(self) -> str:
        return f"{self.day:%y%m}.{10_000 + self.number}"

    @property
    def doi(self) -> str:
        return f"10.5555/jam.{self.day.year}.{self.number:04d}"

    @property
    def keywords(self) -> list[str]:
        return self.title.lower().split()[:2]


def draw(count: int = 500, seed: int = 13) -> list[Work]:
    """Return works with different pairs of method and subject."""
    random_ = random.Random(seed)
    pairs = [(method, subject) for method in METHODS for subject in SUBJECTS]
    return [_work(random_, number, *pair) for number, pair in enumerate(random_.sample(pairs, count))]


def _work(random_: random.Random, number: int, method: str, subject: str) -> Work:
    name = f"{random_.choice('BDFGKLMNPRST')}{random_.choice(('aro', 'ilo', 'una', 'eri', 'ova', 'yma'))}{subject[:3]}Net"
    words = {
        "method": method, "subject": subject, "setting": random_.choice(SETTINGS), "name": name,
    }  # fmt: skip

    def sentence(pattern: str) -> str:
        text = pattern.format(
            **{key: word if key == "name" else word.lower() for key, word in words.items()},
            other=random_.choice(SUBJECTS).lower(), adjective=random_.choice(ADJECTIVES),
            count=random_.randint(3, 970), low=random_.randint(11, 95), high=random_.randint(2, 10),
        )  # fmt: skip
        return text[0].upper() + text[1:]

    parts = [
        random_.choice(OPENINGS), *random_.sample(MIDDLES, random_.randint(2, 4)),
        *random_.sample(RESULTS, random_.randint(1, 3)), random_.choice(ENDINGS),
    ]  # fmt: skip
    people = [
        (random_.choice(GIVENS), random_.choice(FAMILIES))
        for _ in range(random_.choice((1, 2, 2, 3, 3, 4, 6, 9)))
    ]
    return Work(
        number=number,
        title=random_.choice(PATTERNS).format(**words),
        abstract=" ".join(map(sentence, parts)),
        people=list(dict.fromkeys(people)),
        day=date(2015, 1, 5) + timedelta(days=random_.randint(0, 3_900)),
        venue=random_.choice(VENUES),
        categories=random_.sample(CATEGORIES, random_.randint(1, 3)),
    )
