"""Stories: items a second on one core, by how many items are known, and bytes an item.

The same items are grouped by the bot and by a plain scan: TF-IDF cosine with every item known
(scikit-learn, a sparse matrix product an item), which joins an item to its nearest one. Items are
made up: a fixed seed, 20,000 names of which few are frequent, and a sixth of the items retell an
earlier one in part.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from bench.bench_matching import promise
from bot.domain.item import ItemText
from bot.matching.stories.fingerprint import Arrival
from bot.matching.stories.index import StoryIndex
from bot.matching.text.vectors import WordVectors, load_vectors

_KNOWN = (1_000, 10_000, 30_000)
_MEASURED, _SCANNED, _FEEDS = 2_000, 60, 1_000
_LIKE = 0.5
_WHO = (
    "ministry", "envoy", "opposition", "parliament", "court", "regulator", "central bank", "navy",
    "trade union", "health board", "aid group", "museum", "railway", "football club", "mayor",
)  # fmt: skip
_DID = (
    "postpones vote on", "welcomes", "criticises", "publishes report on", "stops", "resumes",
    "signs agreement on", "denies delay of", "confirms start of", "cuts funds for", "inspects",
)  # fmt: skip
_WHAT = (
    "search for remains", "inspections", "liaison office", "bridge", "exercises", "harvest",
    "budget", "vaccine", "border road", "test site", "exhibition", "storm warning", "merger",
    "ferry", "pension plan", "satellite", "water treaty", "tax reform", "ceasefire", "pipeline",
)  # fmt: skip
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def made_up(count: int, seed: int = 1) -> list[Arrival]:
    """News of ten days from a thousand feeds."""
    dice = random.Random(seed)
    names = ["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4))).title() for _ in range(20_000)]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    told: list[tuple[str, str, str, str]] = []
    arrivals = []
    for number in range(count):
        event = (_name(dice, names), dice.choice(_WHO), dice.choice(_WHAT), _name(dice, names))
        if told and number % 6 == 0:
            event = told[-dice.randint(1, min(len(told), 400))]
        told.append(event)
        where, who, what, person = event
        item = ItemText(
            id=str(number),
            title=f"{where} {who} {dice.choice(_DID)} {what}",
            summary=f"{person} told {_name(dice, names)} that {dice.randrange(400)} people at the "
            f"{what} near {where} would wait, as the {dice.choice(_WHO)} of {_name(dice, names)} "
            f"{dice.choice(_DID)} the {dice.choice(_WHAT)} and {_name(dice, names)} left.",
            published_at=start + timedelta(seconds=27 * number),
        )
        feed = str(dice.randrange(_FEEDS))
        arrivals.append(Arrival(item=item, begins=number, feed=feed))
    return arrivals


def _name(dice: random.Random, names: Sequence[str]) -> str:
    return names[min(int(dice.paretovariate(0.6)), len(names)) - 1]


def seconds(work: Callable[[], object]) -> float:
    """Processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def bot_seconds(arrivals: Sequence[Arrival], vectors: WordVectors) -> list[float]:
    """Seconds an item with so many known, reading, finding and adding, in batches of 200."""
    index = StoryIndex(vectors=vectors)
    out, done = [], 0
    for known in _KNOWN:
        index.group(arrivals[done:known])
        some = arrivals[known : known + _MEASURED]
        batches = [some[start : start + 200] for start in range(0, len(some), 200)]
        out.append(seconds(lambda: [index.group(each) for each in batches]) / len(some))  # noqa: B023 - called at once
        done = known + _MEASURED
    return out


def scan_seconds(arrivals: Sequence[Arrival]) -> list[float]:
    """The same for the plain scan, whose words and rarities are made beforehand for nothing."""
    texts = [f"{each.item.title} {each.item.summary}" for each in arrivals]
    vectorizer = TfidfVectorizer(stop_words="english")
    matrix = vectorizer.fit_transform(texts)
    out = []
    for known in _KNOWN:
        held, some = matrix[:known], texts[known : known + _SCANNED]

        def scan(held: object = held, some: Sequence[str] = some) -> None:
            for text in some:
                likeness = held @ vectorizer.transform([text]).T
                bool(likeness.max() > _LIKE)

        out.append(seconds(scan) / _SCANNED)
    return out


def bytes_an_item(arrivals: Sequence[Arrival], vectors: WordVectors) -> float:
    """Memory that the index holds, beside the word vectors that it shares with matching.

    All items are of one window, so the index holds each of them.
    """
    StoryIndex(vectors=vectors).group(arrivals)
    tracemalloc.start()
    index = StoryIndex(vectors=vectors)
    index.group(arrivals)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / len(arrivals)


def main() -> None:
    """Prints the table."""
    arrivals = made_up(_KNOWN[-1] + _MEASURED)
    with threadpool_limits(1):
        vectors = load_vectors()
        bot, scan = bot_seconds(arrivals, vectors), scan_seconds(arrivals)
        size = bytes_an_item(arrivals[: _KNOWN[-1]], vectors)
    print("\nStories, one core, title and summary, processor time of find and add")
    print(f"{'':16}" + "".join(f"{f'{known:,} known':>18}" for known in _KNOWN))
    for name, row in (("bot", bot), ("TF-IDF scan", scan)):
        print(f"{name:16}" + "".join(f"{1 / each:>10,.0f} items/s" for each in row))
    ratios = "".join(f"{b / a:>17.1f}x" for a, b in zip(bot, scan, strict=True))
    print(f"{'bot faster by':16}{ratios}")
    print(f"{size:,.0f} bytes an item at {_KNOWN[-1]:,}")
    promise("at least 6,000 items/s at 30,000 known", bot[-1] <= 1 / 6_000)
    promise("cost does not grow (at most 1.5 times from 1,000 on)", bot[-1] <= 1.5 * bot[0])
    promise("less than 1,500 bytes an item", size < 1_500)


if __name__ == "__main__":
    main()
