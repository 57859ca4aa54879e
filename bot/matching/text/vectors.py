"""Word vectors: what a word means, as 256 numbers, without a network.

The vectors come from the wheel of `wordllama` (the input embeddings of a language model, reduced
to 256 dimensions). Their length carries a second fact: words that say little, such as "the" or
"said", have short vectors, words that say much, such as "nuclear", long ones.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"

_MAX_REMEMBERED = 200_000
_COMMON_NORM, _RARE_NORM = 4.0, 16.0
# Words put together from three or more pieces are rare, whatever their pieces say.
_MANY_PIECES, _UNKNOWN_WEIGHT = 3, 0.75


class WordVectors:
    """A vector and a weight for any word, remembered once computed; safe to read from threads."""

    def __init__(
        self, *, embedding: "StoredRows", pieces: Callable[[str], Sequence[int]], name: str
    ) -> None:
        """Reads the lengths of all vectors; `pieces` gives the rows that make up a word."""
        self.name = name
        self.size = embedding.shape[1]
        self._embedding = embedding
        self._norms = embedding.lengths()
        self._pieces = pieces
        self._known: dict[str, tuple[Array, float]] = {}

    def weight(self, word: str) -> float:
        """How much the word says, from 0 ("the") to 1 ("nuclear", and names)."""
        return self.known(word)[1]

    def matrix(self, words: Iterable[str]) -> Array:
        """One row a word, in order; no words give a matrix without rows."""
        rows = [self.known(word)[0] for word in words]
        return np.array(rows, dtype=np.float32).reshape(-1, self.size)

    def known(self, word: str) -> tuple[Array, float]:
        """Direction and weight of a word: 256 numbers of length 1, or zeros for an empty word."""
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= _MAX_REMEMBERED:
                self._known = {}
            found = self._known[word] = self._compute(word)
        return found

    def _compute(self, word: str) -> tuple[Array, float]:
        pieces = min((self._pieces(form) for form in (word, word.capitalize())), key=len)
        if not pieces:
            return np.zeros(self.size, dtype=np.float32), 0.0
        vectors = np.concatenate([self._embedding.read(row) for row in pieces])
        mean = vectors.astype(np.float32).mean(axis=0)
        norm = float(self._norms[pieces].mean())
        weight = min(1.0, max(0.0, (norm - _COMMON_NORM) / (_RARE_NORM - _COMMON_NORM)))
        if len(pieces) >= _MANY_PIECES and not word.isdigit():
            weight = max(weight, _UNKNOWN_WEIGHT)
        length = float(np.linalg.norm(mean)) or 1.0
        return (mean / length).astype(np.float32), weight


def load_vectors() -> WordVectors:
    """The vectors of the installed `wordllama` wheel, in about 0.1 s.

    The wheel's two files are read here, without its package: the matrix (half precision, 16 MB)
    stays in its file, of which only the words that occur are read.

    Raises:
        ModuleNotFoundError: The wheel is not installed, or is another version.
    """
    found = find_spec("wordllama")
    folder = None if found is None or found.origin is None else Path(found.origin).parent
    if folder is None or not (folder / _WEIGHTS).is_file():
        raise ModuleNotFoundError("wordllama is not installed; run `make setup`", name="wordllama")
    from tokenizers import Tokenizer  # noqa: PLC0415 - only matching should pay for it

    tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    return WordVectors(
        embedding=StoredRows.of(folder / _WEIGHTS),
        pieces=lambda word: tokenizer.encode(word, add_special_tokens=False).ids,
        name="wordllama-256",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRows:
    """The one matrix of a safetensors file, in half precision, of which rows are read when asked.

    Not mapped into memory: around each row that is touched the system would map many more, until
    the whole file counted as this process's memory.

    Attributes:
        start: Where the numbers begin in the file.
        shape: Rows and columns.
    """

    path: Path
    start: int
    shape: tuple[int, int]

    @classmethod
    def of(cls, path: Path) -> "StoredRows":
        """Reads the header: its length in 8 bytes, then JSON, then the numbers.

        The format: https://huggingface.co/docs/safetensors/index#format.
        """
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        (matrix,) = (value for name, value in header.items() if name != "__metadata__")
        rows, columns = matrix["shape"]
        return cls(path=path, start=8 + length + matrix["data_offsets"][0], shape=(rows, columns))

    def read(self, first: int, count: int = 1) -> NDArray[np.float16]:
        """(rows, columns), from the file; fewer at its end."""
        columns = self.shape[1]
        offset = self.start + 2 * columns * first
        found = np.fromfile(self.path, dtype="<f2", count=count * columns, offset=offset)
        return found.reshape(-1, columns)

    def lengths(self) -> Array:
        """The length of each row, computed in pieces: the whole matrix never is in memory."""
        pieces = (self.read(start, 1_000) for start in range(0, self.shape[0], 1_000))
        return np.concatenate([np.linalg.norm(p.astype(np.float32), axis=1) for p in pieces])
