"""Plain ways to match, for comparison: TF-IDF and averaged word vectors, each a full scan."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from bot.domain.commitment import Commitment, Pack
from bot.domain.item import ItemText
from bot.matching.evaluation.metrics import Counts, GoldItem, Report, report
from bot.matching.matcher import Matcher
from bot.matching.relevance.foreign import Encoder
from bot.matching.stories.fingerprint import Arrival
from bot.matching.stories.index import StoryIndex
from bot.matching.text.knowledge import knowledge
from bot.matching.text.tokens import tokens_of
from bot.matching.text.vectors import Array, WordVectors

# For each item, a likeness for each commitment.
Scores = list[dict[str, float]]


def tfidf_scores(pack: Pack, items: Sequence[ItemText]) -> Scores:
    """Cosine of TF-IDF vectors of words; document frequencies from pack and items together."""
    texts = [_words(_text_of(c)) for c in pack.commitments]
    item_words = [_words(f"{item.title} {item.summary}") for item in items]
    counts = Counter(word for words in (*texts, *item_words) for word in set(words))
    total = len(texts) + len(item_words)
    idf = {word: math.log((1 + total) / (1 + n)) + 1 for word, n in counts.items()}
    columns = {word: number for number, word in enumerate(idf)}
    rows = [_row(words, columns, idf) for words in texts]
    matrix: Array = np.stack(rows) if texts else np.zeros((0, 1), np.float32)
    return [
        _named(pack, matrix @ _row(words, columns, idf)) if texts else {} for words in item_words
    ]


def vector_scores(pack: Pack, items: Sequence[ItemText], vectors: WordVectors) -> Scores:
    """Cosine of averages of word vectors, each with its own length."""
    if not pack.commitments:
        return [{} for _ in items]
    matrix = np.stack([_mean(_text_of(c), vectors) for c in pack.commitments])
    return [_named(pack, matrix @ _mean(f"{item.title} {item.summary}", vectors)) for item in items]


def best_in_hindsight(
    scores: Scores, labels: Sequence[Mapping[str, object]], named: set[str]
) -> tuple[float, Counts]:
    """The threshold with the best micro-F1 on these very labels, and its counts.

    This flatters a baseline: in use the labels are not known beforehand.
    """
    ranked = sorted(
        (
            (score, name in truth)
            for each, truth in zip(scores, labels, strict=True)
            for name, score in each.items()
            if name in named
        ),
        reverse=True,
    )
    total = sum(len(truth) for truth in labels)
    best, right = (1.0, Counts(missed=total)), 0
    for taken, (score, hit) in enumerate(ranked, start=1):
        right += hit
        counts = Counts(right=right, wrong=taken - right, missed=total - right)
        if counts.f1 > best[1].f1:
            best = (score, counts)
    return best


def _text_of(commitment: Commitment) -> str:
    return f"{commitment.title} {commitment.text} {' '.join(commitment.watch.any)}"


def _words(text: str) -> list[str]:
    """Stems without stop words: what a careful simple bot would use."""
    filler = knowledge().filler
    return [token.stem for token in tokens_of(text) if token.stem not in filler]


def _row(words: Sequence[str], columns: Mapping[str, int], idf: Mapping[str, float]) -> Array:
    row = np.zeros(len(columns), dtype=np.float32)
    for word, count in Counter(words).items():
        row[columns[word]] = count * idf[word]
    return row / (float(np.linalg.norm(row)) or 1.0)


def _mean(text: str, vectors: WordVectors) -> Array:
    words = [token.key for token in tokens_of(text)]
    weights = np.array([vectors.weight(word) for word in words], dtype=np.float32)
    mean: Array = weights @ vectors.matrix(words)
    return mean / (float(np.linalg.norm(mean)) or 1.0)


def _named(pack: Pack, likeness: Array) -> dict[str, float]:
    return {c.id: float(x) for c, x in zip(pack.commitments, likeness, strict=True)}


_LATE = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """The matcher's report, and the baselines' counts by name.

    A baseline has its best threshold chosen on these very labels, which flatters it.
    """

    items: int
    version: str
    report: Report
    baselines: Mapping[str, Counts]


def evaluate_pack(
    pack: Pack, gold: Sequence[GoldItem], *, vectors: WordVectors, encoder: Encoder | None
) -> Evaluation:
    """Matches and groups the labelled items as the bot would, and compares with the labels."""
    matcher = Matcher(pack, vectors=vectors, encoder=encoder)
    items = [each.item for each in gold]
    labels = [each.labels for each in gold]
    named = {name for each in labels for name in each}
    plain = {
        "TF-IDF": tfidf_scores(pack, items),
        "averaged word vectors": vector_scores(pack, items, vectors),
    }
    return Evaluation(
        items=len(gold),
        version=matcher.version,
        report=report(
            gold,
            matcher.match_many(items),
            scores=matcher.scores(items),
            stories=group(matcher.in_english(items), vectors=vectors),
            tracked=[commitment.id for commitment in pack.commitments],
        ),
        baselines={
            name: best_in_hindsight(scores, labels, named)[1] for name, scores in plain.items()
        },
    )


def group(items: Sequence[ItemText], *, vectors: WordVectors) -> list[int]:
    """A story number for each item, found online in the order of publication, undated ones last."""
    order = sorted(range(len(items)), key=lambda n: (items[n].published_at or _LATE, n))
    found = StoryIndex(vectors=vectors).group(Arrival(item=items[n], begins=n) for n in order)
    stories = dict(zip(order, found, strict=True))
    return [stories[n] for n in range(len(items))]
