"""How good matching is on labelled items: F1, direction, calibration, stories."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from pydantic import AwareDatetime, BaseModel, ConfigDict, NaiveDatetime, ValidationError

from bot.domain.evidence import Direction, Match
from bot.domain.item import ItemText


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldItem:
    """An item as a person labelled it.

    Attributes:
        labels: Direction by commitment id; empty when it matches nothing.
        story: Items with the same name report the same event; None when unknown.
        language: A BCP 47 tag; None when not said.
    """

    item: ItemText
    labels: Mapping[str, Direction]
    story: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Right and wrong decisions."""

    right: int = 0  # filed and labelled
    wrong: int = 0  # filed, not labelled
    missed: int = 0  # labelled, not filed

    @property
    def precision(self) -> float:
        """The part of what was filed that is right; 0 when nothing was filed."""
        return self.right / (self.right + self.wrong) if self.right else 0.0

    @property
    def recall(self) -> float:
        """The part of what was labelled that was filed; 0 when nothing was labelled."""
        return self.right / (self.right + self.missed) if self.right else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (2 * self.right + self.wrong + self.missed) if self.right else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was measured of one run over labelled items.

    Attributes:
        overall: All decisions together (micro average).
        by_commitment: For each commitment that a label names, in order of name.
        sure: Decisions that need no review; what is missed is left at 0.
        direction: Part of the right matches with the right direction; None without matches.
        calibration_error: None without scores.
        stories: B-cubed (precision, recall, F1); None when the labels name no story.
        unlabelled: Commitments that no label names: what was filed there is not counted.
    """

    overall: Counts
    by_commitment: Mapping[str, Counts]
    sure: Counts
    direction: float | None
    calibration_error: float | None
    stories: tuple[float, float, float] | None
    unlabelled: tuple[str, ...]


def report(
    gold: Sequence[GoldItem],
    matches: Sequence[Sequence[Match]],
    *,
    scores: Sequence[Mapping[str, float]] | None = None,
    stories: Sequence[Hashable] | None = None,
    tracked: Iterable[str] = (),
) -> Report:
    """Everything of `Report` for matches in the order of the labelled items.

    Commitments that no label names were not labelled, so that nothing filed there is right or
    wrong.
    """
    named = {name for each in gold for name in each.labels}
    counts = {name: Counter[str]() for name in sorted(named)}
    sure, direction = Counter[str](), Counter[bool]()
    for labelled, found in zip(gold, matches, strict=True):
        filed = {match.commitment_id: match for match in found if match.commitment_id in named}
        for name in filed.keys() | labelled.labels.keys():
            missed, right = name not in filed, name in labelled.labels
            counts[name]["missed" if missed else "right" if right else "wrong"] += 1
        for name, match in filed.items():
            label = labelled.labels.get(name)
            if match.sure:
                sure["right" if label else "wrong"] += 1
            if label:
                direction[match.direction == label] += 1
    total = sum(counts.values(), Counter[str]())
    return Report(
        overall=Counts(**total),
        by_commitment={name: Counts(**each) for name, each in counts.items()},
        sure=Counts(**sure),
        direction=direction[True] / direction.total() if direction else None,
        calibration_error=_calibration(gold, scores, named) if scores is not None else None,
        stories=_stories(gold, stories),
        unlabelled=tuple(sorted(set(tracked) - named)),
    )


def calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: by how much scores miss the part that is right, on average.

    Scores are put into `bins` equally wide bins; the error is the mean over all scores of the
    distance between a bin's mean score and the part of it that is right (Naeini and others,
    AAAI 2015). 0 without scores. Worked: scores 0.9, 0.9 of which one is right give 0.4.
    """
    sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for score, hit in zip(scores, right, strict=True):
        each = sums[min(bins - 1, int(score * bins))]
        each[0] += score
        each[1] += hit
    return sum(abs(a - b) for a, b in sums.values()) / len(scores) if scores else 0.0


def b_cubed(
    truth: Sequence[Hashable], found: Sequence[Hashable], counted: Sequence[bool] | None = None
) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of a grouping (Bagga and Baldwin, 1998).

    Precision of an item is the part of its found group that shares its true group; recall the
    part of its true group that shares its found group; both averaged over the `counted` items.
    """
    pairs = list(zip(truth, found, strict=True))
    both, of_truth, of_found = Counter(pairs), Counter(truth), Counter(found)
    rows = [
        (both[pair] / of_found[pair[1]], both[pair] / of_truth[pair[0]])
        for number, pair in enumerate(pairs)
        if counted is None or counted[number]
    ]
    if not rows:
        return 0.0, 0.0, 0.0
    precision = sum(row[0] for row in rows) / len(rows)
    recall = sum(row[1] for row in rows) / len(rows)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _calibration(
    gold: Sequence[GoldItem], scores: Sequence[Mapping[str, float]], named: set[str]
) -> float:
    pairs = [
        (score, name in labelled.labels)
        for labelled, each in zip(gold, scores, strict=True)
        for name, score in each.items()
        if name in named
    ]
    return calibration_error([score for score, _ in pairs], [hit for _, hit in pairs])


def _stories(
    gold: Sequence[GoldItem], found: Sequence[Hashable] | None
) -> tuple[float, float, float] | None:
    if found is None or not any(each.story for each in gold):
        return None
    truth = [each.story or ("alone", number) for number, each in enumerate(gold)]
    return b_cubed(truth, found, [each.story is not None for each in gold])


# Characters of a line; longer ones are refused unread.
_LONGEST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that could not be read: its number, counted from 1, and what is wrong with it."""

    number: int
    what: str


class _Label(BaseModel):
    commitment: str
    direction: Direction = Direction.NEUTRAL


class _Line(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str
    title: str
    summary: str | None = ""
    source: str | None = None
    language: str | None = None
    published: AwareDatetime | NaiveDatetime | None = None
    story: str | None = None
    labels: list[_Label] | None = None


def read_lines(lines: Iterable[bytes], *, labelled: bool = False) -> Iterator[GoldItem | BadLine]:
    """Each line in order, read or named as bad; empty lines are passed over.

    Plain items are read the same way; where they must be labelled, one without `labels` is bad (an
    empty list is not).
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(number, line, labelled=labelled)


def _read(number: int, line: bytes, *, labelled: bool) -> GoldItem | BadLine:
    if len(line) > _LONGEST:
        return BadLine(number=number, what=f"longer than {_LONGEST:,} characters")
    try:
        read = _Line.model_validate_json(line)
    except ValidationError as error:
        return BadLine(number=number, what=_sentence(error))
    if labelled and read.labels is None:
        return BadLine(number=number, what='no "labels"; an item that bears on nothing has []')
    when = read.published
    if when is not None:
        when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    item = ItemText(
        id=read.id, title=read.title, summary=read.summary or "", source=read.source,
        published_at=when,
    )  # fmt: skip
    labels = {label.commitment: label.direction for label in read.labels or ()}
    return GoldItem(item=item, labels=labels, story=read.story or None, language=read.language)


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Invalid JSON: ")
    return f"{place}: {what}" if place else f"not JSON: {what}"
