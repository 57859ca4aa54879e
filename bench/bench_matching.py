"""Matching: items a second on one core, and what a hundred times the commitments cost.

The same items are matched by the bot and by two plain scans of the whole pack: TF-IDF (a sparse
scan in pure Python, as often found in small bots) and averaged word vectors (one matrix product
an item). Items and packs are made up from the general word lists; seeds are fixed.
"""

import math
import random
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import bot.matching.text.knowledge
from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.item import ItemText
from bot.gc_tuning import tune_gc
from bot.matching.matcher import Matcher
from bot.matching.text.tokens import tokens_of
from bot.matching.text.vectors import WordVectors, load_vectors

_ITEMS, _FEW, _MANY = 3_000, 100, 10_000
_ROUNDS = 3


def made_up(commitments: int, items: int, seed: int = 1) -> tuple[Pack, list[ItemText]]:
    """A pack over all concepts and places, and news of which a part bears on it."""
    rng = random.Random(seed)
    folder = Path(bot.matching.text.knowledge.__file__).parent
    concepts = tomllib.loads((folder / "concepts.toml").read_text("utf-8"))
    topics = [entry["terms"] for entry in concepts.values() if len(entry["terms"]) > 5]
    places = [
        entry["names"][0]
        for entry in tomllib.loads((folder / "places.toml").read_text("utf-8")).values()
        if isinstance(entry.get("names"), list)
    ]
    verbs = ["halt", "resume", "discuss", "expand", "delay", "fund", "verify", "reject", "sign"]
    fillers = [term for entry in topics for term in entry]

    def sentence(terms: Sequence[str], place: str) -> str:
        return f"{place} to {rng.choice(verbs)} {terms[0]} and {terms[1]}"

    drafts = [
        (rng.choice(topics), rng.choice(places), rng.choice(places)) for _ in range(commitments)
    ]
    pack = Pack(
        summits=(
            Summit(
                id="made-up",
                name="Made-up summit",
                commitments=tuple(
                    Commitment(
                        id=f"c{number}",
                        title=f"{rng.choice(topic)} in {one}".capitalize(),
                        text=f"{one} and {other} commit to "
                        + sentence(rng.sample(topic, 2), one)
                        + ".",
                        summit_id="made-up",
                    )
                    for number, (topic, one, other) in enumerate(drafts)
                ),
            ),
        )
    )
    news = []
    for number in range(items):
        topic, place = rng.choice(topics), rng.choice(places)
        title = sentence(rng.sample(topic, 2), place)
        summary = (
            f"{rng.choice(places)} said on Monday that {rng.choice(fillers)} would come first, as "
            f"its minister told reporters after the meeting in {rng.choice(places)}; "
            f"{sentence(rng.sample(rng.choice(topics), 2), place)}."
        )
        news.append(ItemText(id=f"i{number}", title=title, summary=summary))
    return pack, news


def tfidf_scan(pack: Pack) -> Callable[[ItemText], None]:
    rows = [Counter(t.key for t in tokens_of(f"{c.title} {c.text}")) for c in pack.commitments]
    seen = Counter(word for row in rows for word in row)
    idf = {word: math.log((1 + len(rows)) / (1 + n)) + 1 for word, n in seen.items()}
    weighed = [{word: n * idf[word] for word, n in row.items()} for row in rows]
    norms = [math.sqrt(sum(workspace * workspace for workspace in row.values())) for row in weighed]

    def scan(item: ItemText) -> None:
        words = Counter(t.key for t in tokens_of(f"{item.title} {item.summary}"))
        own = {word: n * idf.get(word, 1.0) for word, n in words.items()}
        max(
            sum(weight * row.get(word, 0.0) for word, weight in own.items()) / norm
            for row, norm in zip(weighed, norms, strict=True)
        )

    return scan


def embedding_scan(pack: Pack, vectors: WordVectors) -> Callable[[ItemText], None]:
    def mean(text: str) -> np.ndarray:
        return np.asarray(vectors.matrix(token.key for token in tokens_of(text)).mean(axis=0))

    matrix = np.stack([mean(f"{c.title} {c.text}") for c in pack.commitments])

    def scan(item: ItemText) -> None:
        (matrix @ mean(f"{item.title} {item.summary}")).argmax()

    return scan


def seconds_an_item(
    work: Callable[[Sequence[ItemText]], object], items: Sequence[ItemText]
) -> float:
    """Processor time, the best of a few rounds, after one to warm up."""
    work(items)
    best = math.inf
    for _ in range(_ROUNDS):
        start = time.process_time()
        work(items)
        best = min(best, time.process_time() - start)
    return best / len(items)


def each(scan: Callable[[ItemText], None]) -> Callable[[Sequence[ItemText]], None]:
    def work(items: Sequence[ItemText]) -> None:
        for item in items:
            scan(item)

    return work


def measure(commitments: int, vectors: WordVectors, scanned: int) -> dict[str, float]:
    pack, items = made_up(commitments, _ITEMS)
    matcher = Matcher(pack, vectors=vectors)
    tune_gc()  # as the matching process does
    return {
        "bot": seconds_an_item(matcher.match_many, items),
        "TF-IDF scan": seconds_an_item(each(tfidf_scan(pack)), items[:scanned]),
        "embedding scan": seconds_an_item(each(embedding_scan(pack, vectors)), items[:scanned]),
    }


def main() -> None:
    with threadpool_limits(1):
        vectors = load_vectors()
        few, many = measure(_FEW, vectors, 500), measure(_MANY, vectors, 30)
    print(f"\nMatching, one core, {_ITEMS:,} items with title and summary, processor time")
    print(f"{'':16}{f'{_FEW} commitments':>22}{f'{_MANY:,} commitments':>22}{'cost ratio':>12}")
    for name in few:
        a, b = 1 / few[name], 1 / many[name]
        print(f"{name:16}{a:>14,.0f} items/s{b:>14,.0f} items/s{many[name] / few[name]:>11.1f}x")
    for name in ("TF-IDF scan", "embedding scan"):
        small, big = few[name] / few["bot"], many[name] / many["bot"]
        print(f"bot against the {name}: {small:.2f}x as fast at {_FEW}, {big:.1f}x at {_MANY:,}")
    promise("at least 3,000 items/s at 100 commitments", few["bot"] <= 1 / 3000)
    promise("at most 3 times the cost at 10,000", many["bot"] <= 3 * few["bot"])


def promise(text: str, kept: bool) -> None:
    print(f"{text}: {'kept' if kept else 'NOT KEPT'}")


if __name__ == "__main__":
    main()
