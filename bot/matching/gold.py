"""Items and gold as JSON lines, checked a line at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from pydantic import AwareDatetime, BaseModel, ConfigDict, NaiveDatetime, ValidationError

from bot.domain.evidence import Direction
from bot.domain.item import ItemText
from bot.matching.evaluation import GoldItem

_LONGEST = 1_000_000
"""Characters of a line; longer ones are refused unread."""


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
    published: AwareDatetime | NaiveDatetime | None = None
    story: str | None = None
    labels: list[_Label] | None = None


def read_lines(lines: Iterable[bytes], *, labelled: bool = False) -> Iterator[GoldItem | BadLine]:
    """Each line in order, read or named as bad; empty lines are passed over.

    Args:
        lines: As they stand in the file.
        labelled: Whether a line without `labels` is bad (an empty list is not); otherwise it gives
            an item with none, so that plain items are read the same way.
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
    return GoldItem(item=item, labels=labels, story=read.story or None)


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Invalid JSON: ")
    return f"{place}: {what}" if place else f"not JSON: {what}"
