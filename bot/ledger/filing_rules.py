"""What filing matches means for evidence and stories: rules on values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.evidence import Match, Origin, Verdict
from bot.ledger.values import Filing


@dataclass(frozen=True, slots=True)
class OldEvidence:
    """What the rules read of evidence filed before."""

    id: int
    origin: Origin
    verdict: Verdict | None
    withdrawn: bool

    @property
    def is_the_machines(self) -> bool:
        """Whether no person has had a word in it, so that the machine may change it."""
        return self.origin is Origin.MACHINE and self.verdict is None


@dataclass(slots=True)
class Changes:
    """What a batch changes.

    Attributes:
        new: (item, match) to file for the first time.
        renewed: (evidence, match) that the machine found again and may reword.
        returned: (item, evidence) once withdrawn and found again; also in `renewed`.
        withdrawn: Evidence that it does not find any more.
    """

    new: list[tuple[int, Match]] = field(default_factory=list)
    renewed: list[tuple[int, Match]] = field(default_factory=list)
    returned: list[tuple[int, int]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)


def plan_item(
    item_id: int, matches: Sequence[Match], old: Mapping[str, OldEvidence], changes: Changes
) -> None:
    """Add to `changes` what one item's matches mean, given its evidence by commitment.

    Evidence on which a person had a word, or that a person filed, stays as the person saw it.
    """
    found = {match.commitment_id: match for match in matches}
    for commitment_id, match in found.items():
        before = old.get(commitment_id)
        if before is None:
            changes.new.append((item_id, match))
        elif before.is_the_machines:
            changes.renewed.append((before.id, match))
            if before.withdrawn:
                changes.returned.append((item_id, before.id))
    for commitment_id, before in old.items():
        if commitment_id not in found and before.is_the_machines and not before.withdrawn:
            changes.withdrawn.append(before.id)


def assign_stories(filings: Sequence[Filing], story_of: Mapping[int, int | None]) -> dict[int, int]:
    """The story of every item filed or named, given the stories stored so far.

    A stored story stays. Else an item joins the story of the item that its filing names, and
    begins one when it names none, or when filings name each other in a circle.

    Args:
        filings: A batch.
        story_of: By item, for all items filed or named; None without a story yet.
    """
    named = {filing.item_id: filing.story_id for filing in filings}
    stories = {item: story for item, story in story_of.items() if story is not None}
    for item in (*named, *story_of):
        trail = [item]
        while trail[-1] not in stories:
            following = named.get(trail[-1])
            if following is None or following in trail:
                stories[trail[-1]] = trail[-1]
            else:
                trail.append(following)
        stories.update(dict.fromkeys(trail, stories[trail[-1]]))
    return stories
