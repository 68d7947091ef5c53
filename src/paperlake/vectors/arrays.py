"""NumPy array types, named once: what a function takes and gives, by element type.

Shapes are stated where the arrays are used.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]  # embeddings: (papers, dimension)
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]  # word numbers of a vocabulary
Hashes = npt.NDArray[np.uint64]
