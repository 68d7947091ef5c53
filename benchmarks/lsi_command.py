"""The command `paperlake`, in which the kind `hashing` has the vectors of `lsi_embedder.py`.

python benchmarks/lsi_command.py run --embedder hashing --lake LAKE
"""

from paperlake.__main__ import main
from paperlake.embedding.choosing.registry import KINDS, Kind

REPLACED = "hashing"


def replace_hashing() -> None:
    """Let the kind be the other one in this process."""
    KINDS[REPLACED] = Kind("lsi_embedder", "make_lsi_embedder")


if __name__ == "__main__":
    replace_hashing()
    main()
