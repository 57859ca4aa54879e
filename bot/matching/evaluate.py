"""Measures the shipped matcher on labelled items, beside plain baselines in the same run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.commitment import Pack
from bot.domain.item import ItemText
from bot.matching.baselines import best_in_hindsight, tfidf_scores, vector_scores
from bot.matching.evaluation import Counts, GoldItem, Report, report
from bot.matching.matcher import Matcher
from bot.matching.stories import StoryIndex
from bot.matching.vectors import WordVectors

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


def evaluate_pack(pack: Pack, gold: Sequence[GoldItem], *, vectors: WordVectors) -> Evaluation:
    """Matches and groups the labelled items as the bot would, and compares with the labels."""
    matcher = Matcher(pack, vectors=vectors)
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
            stories=group(items, vectors=vectors),
            tracked=[commitment.id for commitment in pack.commitments],
        ),
        baselines={
            name: best_in_hindsight(scores, labels, named)[1] for name, scores in plain.items()
        },
    )


def group(items: Sequence[ItemText], *, vectors: WordVectors) -> list[int]:
    """A story number for each item, found online in the order of publication, undated ones last."""
    index = StoryIndex(vectors=vectors)
    order = sorted(range(len(items)), key=lambda n: (items[n].published_at or _LATE, n))
    stories = [0] * len(items)
    for number in order:
        found = index.find(items[number])
        stories[number] = number if found is None else found
        index.add(items[number], stories[number])
    return stories
