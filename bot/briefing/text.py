"""Answers as plain text, for the terminal: the same content that Slack shows.

Text from feeds is one clean line already (`bot.ingest.text.one_line`): no control characters
that could drive a terminal.
"""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.briefing.answers import (
    Answer,
    CommitmentStatus,
    Digest,
    EvidenceAnswer,
    FeedsAnswer,
    Overview,
    SearchAnswer,
    StatusTable,
    TimelineAnswer,
    WhyAnswer,
)
from bot.briefing.text_digest import digest_lines
from bot.briefing.text_lists import (
    evidence_lines,
    feeds_lines,
    search_lines,
    timeline_lines,
    why_lines,
)
from bot.briefing.text_status import commitment_lines, overview_lines, table_lines


def as_text(answer: Answer, *, zone: tzinfo = UTC) -> str:
    """The answer as lines of text, without a newline at the end.

    Args:
        answer: Any answer of `Briefing`.
        zone: The reader's zone, for dates; a digest brings its own.
    """
    return "\n".join(_lines(answer, zone))


def _lines(answer: Answer, zone: tzinfo) -> Iterator[str]:  # noqa: PLR0911 - one arm a type
    match answer:
        case CommitmentStatus():
            return commitment_lines(answer, zone)
        case StatusTable():
            return table_lines(answer)
        case EvidenceAnswer():
            return evidence_lines(answer, zone)
        case SearchAnswer():
            return search_lines(answer, zone)
        case Digest():
            return digest_lines(answer, ZoneInfo(answer.timezone))
        case FeedsAnswer():
            return feeds_lines(answer)
        case Overview():
            return overview_lines(answer, zone)
        case WhyAnswer():
            return why_lines(answer, zone)
        case TimelineAnswer():
            return timeline_lines(answer, zone)
        case _:
            assert_never(answer)
