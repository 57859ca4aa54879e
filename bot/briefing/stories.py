"""Evidence gathered into stories: one line for one event, however many outlets report it.

A line speaks of one piece of evidence: its headline, number, direction and reasons. That is, in
turn, one that a person set or confirmed, one whose direction is sure, one that is sure to bear on
the commitment; among those the title that says most: those with an informative title (4 informative
words or more) come first, then the outlet that an admin weighted highest, then the title with the
most informative words (14 are enough: beyond that a title is long, not telling), then the newest.
An informative word has 4 letters or more, or holds a digit.

The most important story comes first. That goes by, in turn: whether a person confirmed it, whether
the machine is unsure of it (last), its reach, how recent it is, and its number, so that the order
is the same every time. The reach is the sum of the weights of its outlets: four
ordinary outlets (4 x 1.0) come before one that an admin weighted 3.0.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from bot.briefing.parts import Standing, Story
from bot.domain.evidence import Direction, Evidence
from bot.domain.feed import Feed
from bot.domain.item import DateSource, Item
from bot.domain.text import one_line

# How much a feed's items count, by feed id; 1.0 where it is not listed (any more).
_Weights = Mapping[int, float]

UNTITLED = "(no title)"
_INFORMATIVE = 4
_ENOUGH = 14
_WORD = re.compile(r"\w+")
_OPPOSITE = {
    Direction.PROGRESS: Direction.SETBACK,
    Direction.SETBACK: Direction.PROGRESS,
}
_BY_STANDING = {Standing.CONFIRMED: 0, Standing.PROPOSED: 1, Standing.UNSURE: 2}


def stories_of(
    evidence: Iterable[Evidence],
    *,
    feeds: Iterable[Feed],
    outlet: str | None = None,
    seen_by: datetime | None = None,
) -> tuple[Story, ...]:
    """The stories in some evidence, one for each pair of commitment and story, in order.

    Rejected evidence is left out. Outlets have the weights that the feed list gives them; a story
    that the `outlet` asked for reports has its item for the headline. Items first seen after
    `seen_by` are counted as late.
    """
    groups: dict[tuple[str, int], list[Evidence]] = defaultdict(list)
    # All that report a story, under whatever commitment.
    items: dict[int, dict[int, Item]] = defaultdict(dict)
    for one in evidence:
        if one.verdict is None or one.verdict.fits:
            groups[one.commitment_id, one.story_id].append(one)
            items[one.story_id][one.item.id] = one.item
    weights = {feed.id: feed.weight for feed in feeds}
    stories = (
        _story(
            group,
            items=tuple(items[story_id].values()),
            weights=weights,
            outlet=outlet,
            seen_by=seen_by,
        )
        for (_, story_id), group in groups.items()
    )
    return tuple(
        sorted(
            stories,
            key=lambda story: (
                _BY_STANDING[story.standing],
                -story.reach,
                -story.newest_at.timestamp(),
                story.story_id,
                story.commitment_id,
            ),
        )
    )


def standing_of(evidence: Sequence[Evidence]) -> Standing:
    """The strongest standing of any of it."""
    if any(one.is_confirmed for one in evidence):
        return Standing.CONFIRMED
    return Standing.PROPOSED if any(one.sure for one in evidence) else Standing.UNSURE


def _contrary(group: Iterable[Evidence], reading: Direction) -> int:
    """How many outlets' reports of a story are read the other way."""
    other = _OPPOSITE.get(reading)
    return len({one.item.outlet for one in group if one.reading is other})


def _headline_key(item: Item, *, weights: _Weights) -> tuple[bool, float, int, float, int]:
    """A sorting key: the item that says most has the greatest one."""
    words = {word.casefold() for word in _WORD.findall(item.title)}
    informative = sum(len(word) >= _INFORMATIVE or any(c.isdigit() for c in word) for word in words)
    return (
        informative >= _INFORMATIVE,
        weights.get(item.feed_id, 1.0),
        min(informative, _ENOUGH),
        item.published_at.timestamp(),
        -item.id,
    )


def title_of(item: Item) -> str:
    """The item's title on one clean line; its summary, or a stand-in, when it has none."""
    return one_line(item.title) or one_line(item.summary) or UNTITLED


def _story(
    group: Sequence[Evidence],
    *,
    items: Sequence[Item],
    weights: _Weights,
    outlet: str | None,
    seen_by: datetime | None,
) -> Story:
    """One story under one commitment, from its evidence there and all items that report it."""
    own = [
        one
        for one in group
        if outlet is not None
        and (is_named(one.item.outlet, outlet) or is_hosted(one.item.url, outlet))
    ]
    head = max(
        own or group,
        key=lambda one: (
            one.is_confirmed,
            one.shown_direction is not None,
            one.sure,
            _headline_key(one.item, weights=weights),
        ),
    )
    names = _outlets(items, first=head.item, weights=weights)
    best: dict[str, float] = defaultdict(float)
    for one in group:
        best[one.item.outlet] = max(best[one.item.outlet], one.score)
    # The headline's own item last: its link stands for its outlet.
    links = {one_line(one.outlet): one.url for one in (*items, head.item) if one.url}
    return Story(
        story_id=head.story_id,
        commitment_id=head.commitment_id,
        evidence_id=head.id,
        headline=title_of(head.item),
        url=head.item.url,
        outlets=tuple(names),
        urls=tuple(links.get(name) for name in names),
        direction=head.shown_direction,
        reading=head.reading,
        contrary=_contrary(group, head.reading),
        verdict=head.verdict,
        verdict_by=head.verdict_by,
        verdict_at=head.verdict_at,
        shown_at=head.item.published_at,
        published_at=min(one.item.published_at for one in group),
        newest_at=max(one.item.published_at for one in group),
        dated=any(one.item.date_source is DateSource.PUBLISHER for one in group),
        standing=standing_of(group),
        score=max(one.score for one in group),
        support=sum(best.values()),
        reach=sum(names.values()),
        passage=one_line(head.passage),
        items=len(items),
        late=sum(seen_by is not None and item.first_seen_at > seen_by for item in items),
        changed_at=head.item.changed_at,
    )


def _outlets(items: Iterable[Item], *, first: Item, weights: _Weights) -> dict[str, float]:
    """The outlets' names with their weights: the headline's first, then by weight and name."""
    found: dict[str, float] = {}
    for item in items:
        if name := one_line(item.outlet):
            weight = weights.get(item.feed_id, 1.0)
            found[name] = max(weight, found.get(name, weight))
    lead = one_line(first.outlet)
    ordered = sorted(found, key=lambda name: (name != lead, -found[name], name))
    return {name: found[name] for name in ordered}


def is_named(outlet: str, name: str) -> bool:
    """Whether whole words of an outlet's title, in any case, are the name.

    >>> is_named("BBC News, Asia", "bbc"), is_named("Hanoi Times", "Noi")
    (True, False)
    """
    whole = rf"(?<!\w){re.escape(' '.join(name.split()))}(?!\w)"
    return re.search(whole, " ".join(outlet.split()), re.IGNORECASE) is not None


def is_hosted(url: str | None, name: str) -> bool:
    """Whether the host of an address is known by the name, as an aggregator's links show.

    >>> is_hosted("https://www.38north.org/2019/03", "38 North"), is_hosted(None, "38 North")
    (True, False)
    """
    host = (urlsplit(url or "").hostname or "").replace("-", "")
    squeezed = re.sub(r"[^\w.]", "", name.casefold()).removeprefix("the")
    labels = host.split(".")[:-1]
    return bool(squeezed) and any(label.removeprefix("the") == squeezed for label in labels)


def narrowed(
    stories: Iterable[Story],
    *,
    since: datetime | None,
    until: datetime | None,
    direction: Direction | None,
    outlet: str | None,
) -> Iterator[Story]:
    """The stories that `Briefing.evidence` was asked for."""
    return (
        story
        for story in stories
        if (since is None or since <= story.published_at)
        and (until is None or story.published_at < until)
        and (direction is None or story.reading is direction)
        and (
            outlet is None
            or any(is_named(one, outlet) for one in story.outlets)
            or is_hosted(story.url, outlet)
        )
    )


def by_recency(stories: Iterable[Story]) -> tuple[Story, ...]:
    """The stories, newest first by the date that is shown; those of one moment stay in order."""
    return tuple(sorted(stories, key=lambda story: story.published_at, reverse=True))
