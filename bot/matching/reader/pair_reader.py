"""Reads a commitment and an item together: does it bear on it, and which way?

The net is MiniLM-L6, fitted by `bench/fit_reader.py`; docs/matching.md says on what. It costs some
5 ms a pair, so that it reads only what the cheap scorer does not rule out, and 80 MB of memory.
"""

import hashlib
import logging
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from tokenizers import Tokenizer

from bot.matching.text.vectors import Array

_log = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
NET, VOCABULARY = _FOLDER / "reader.onnx", _FOLDER / "tokenizer.json"
# Pieces of words that are read of a commitment, of an item; whole summaries fit as a rule.
OF_COMMITMENT, OF_ITEM = 48, 64
# Characters that surely hold as many pieces.
_LIMIT: Final = 1_000
_MAX_REMEMBERED: Final = 10_000


class PairInput:
    """Cuts commitments and items into the numbers that the net reads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._begin, self._end = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))

    def pieces(self, title: str, text: str, most: int) -> list[int]:
        """At most so many pieces of a title and what follows it."""
        whole = f"{title}. {text}" if text else title
        return list(self._tokenizer.encode(whole[:_LIMIT], add_special_tokens=False).ids[:most])

    def joined(self, commitment: Sequence[int], item: Sequence[int]) -> tuple[Any, Any]:
        """Pieces of both with their marks, and for each which of the two it is of."""
        pieces = [self._begin, *commitment, self._end, *item, self._end]
        return pieces, [0] * (len(commitment) + 2) + [1] * (len(item) + 1)


class PairReader:
    """The net; its file is read when it is first asked."""

    def __init__(self) -> None:
        self.name = hashlib.sha256(NET.read_bytes()).hexdigest()[:12]
        self._commitments: dict[tuple[str, str], list[int]] = {}

    @cached_property
    def _parts(self) -> tuple[Any, PairInput]:
        import onnxruntime  # noqa: PLC0415 - optional; 0.2 s and 60 MB

        options = onnxruntime.SessionOptions()
        # The second processor is the bot's own. One pair at a time, as the numbers of a pair would
        # otherwise depend on the others that are read with it.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        session = onnxruntime.InferenceSession(NET, options, providers=["CPUExecutionProvider"])
        return session, PairInput(Tokenizer.from_file(str(VOCABULARY)))

    def read(self, commitment: tuple[str, str], item: tuple[str, str]) -> Array:
        """Logits: that it bears on the commitment, then of each of `DIRECTIONS`.

        Both are a title and a text.
        """
        session, cut = self._parts
        first = self._commitments.get(commitment)
        if first is None:
            if len(self._commitments) >= _MAX_REMEMBERED:
                self._commitments = {}
            first = self._commitments[commitment] = cut.pieces(*commitment, OF_COMMITMENT)
        pieces, parts = cut.joined(first, cut.pieces(*item, OF_ITEM))
        given = {"pieces": np.array([pieces]), "parts": np.array([parts])}
        # Rounded, so that other processors come to the same decisions.
        return np.asarray(np.round(session.run(None, given)[0][0], 3), dtype=np.float32)


def load_reader() -> PairReader | None:
    """The reader, or None where onnxruntime is not installed."""
    if find_spec("onnxruntime") is None:
        _log.warning("onnxruntime is not installed: matching does without the pair reader")
        return None
    return PairReader()
