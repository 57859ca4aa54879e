"""Whether a question asks for progress or for setbacks only."""

import re

from bot.domain.evidence import Direction

_SETBACK = re.compile(
    r"\b(?:setbacks?|set back|obstacles?|bad news|breach(?:es)?|violations?|delays|"
    r"steps? back(?:wards?)?|backslid\w*|backwards?|getting worse|worsen\w*|"
    r"negative (?:news|evidence|reports|items|stories|signs?)|"
    # A verb counts behind one of these; alone it may be the subject: `suspending exercises`.
    r"(?:who|what|why|is|are|has|have|anyone|anybody|(?:reports?|evidence|signs?) of|any|been|the|"
    r"more|which|countries|still|that) (?:\w+ ){0,3}"
    r"(?:delay\w*|block\w*|stall\w*|obstruct\w*|undermin\w*|violat\w*|breach\w*|hold\w* up|"
    r"hold\w* back|slow\w*|resist\w*|drag\w*|hinder\w*|imped\w*|derail\w*|sabotag\w*|"
    r"oppos(?:e|es|ed|ing)))\b"
)
_PROGRESS = re.compile(
    r"\b(?:progress(?:ed)?|advances?|breakthroughs?|good news|headway|steps? forward|improvements?|"
    r"moving forward|positive (?:news|evidence|reports|items|stories|steps|signs))\b"
)
_NOT_PROGRESS = re.compile(r"\b(?:no|lack of|without|not \w+) (?:\w+ )?(?:progress|headway)\b")


def find_direction(text: str) -> Direction | None:
    """The direction that masked words ask for; None when they ask for both or for none."""
    setback = bool(_SETBACK.search(text) or _NOT_PROGRESS.search(text))
    progress = bool(_PROGRESS.search(text)) and not _NOT_PROGRESS.search(text)
    if setback == progress:
        return None
    return Direction.SETBACK if setback else Direction.PROGRESS
