"""Makes tests/data/embedding/reference_vectors.json with sentence-transformers, which CI does not install.

Run from the root of the project, with the `bench` extra: python -m tests.support.make_reference_vectors
"""

import json
from pathlib import Path

import sentence_transformers
from sentence_transformers import SentenceTransformer

from paperlake.embedding.kinds.model_folder import bundled_folder
from tests.support.embedding_texts import SHORT, long_text

TARGET = Path("tests/data/embedding/reference_vectors.json")


def main() -> None:
    """Embed the short texts and one long past the limit, on the CPU in float32."""
    texts = [*SHORT, long_text(3, 20)]
    model = SentenceTransformer(str(bundled_folder()), device="cpu")
    vectors = model.encode(texts, normalize_embeddings=True)
    content = {
        "made_by": f"sentence-transformers {sentence_transformers.__version__}",
        "command": "python -m tests.support.make_reference_vectors",
        "max_seq_length": model.max_seq_length,
        "texts": texts,
        "vectors": [[round(float(number), 8) for number in vector] for vector in vectors],
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(content, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
