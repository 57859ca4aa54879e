"""What people read when something did not work, and other answers of a sentence."""

from collections.abc import Sequence

from bot.domain.errors import BriefingError, InputError, Problem
from bot.domain.evidence import Verdict
from bot.slack.messages.blocks import Message, at_most, note
from bot.slack.messages.mrkdwn import escape

PROBLEMS_SHOWN = 5
_SENTENCE = 600
_PROBLEM = 300


def error_message(error: BriefingError) -> Message:
    """A known error in its own words: each of ours is a sentence for people."""
    if isinstance(error, InputError):
        return problems_message(error.problems)
    return note(_said(str(error), limit=_SENTENCE) or "That did not work.")


def problems_message(problems: Sequence[Problem], *, head: str = "") -> Message:
    """What is wrong with an input, and how to fix each; `head` is a sentence of ours before it."""
    found = [_said(str(problem), limit=_PROBLEM) for problem in problems]
    lines = at_most(PROBLEMS_SHOWN, found)
    if len(lines) > 1:
        lines = [f"• {line}" for line in lines]
    return note("\n".join([*([head] if head else []), *lines]))


def _said(text: str, *, limit: int) -> str:
    """An error's own words.

    A command in them stays one that can be copied: in plain quotes, since what is foreign in the
    sentence must not format anything.
    """
    return escape(text.replace("`", "'"), limit=limit)


def apology_message(reference: str) -> Message:
    """The answer to an unknown error, with the reference that the log has too."""
    return note(
        "Sorry, that did not work, and it is not your fault. "
        f"Please tell the person who runs me this reference: `{escape(reference)}`"
    )


def reviewed_message(evidence_id: int, verdict: Verdict, *, others: int = 0) -> Message:
    """The answer to a verdict, which covers `others` more of the same story."""
    also = f" and {others} more of the same story" if others else ""
    fits = verdict is Verdict.CONFIRMED
    said = "confirmed" if fits else "does not fit; it is shown no more"
    return note(f"E{evidence_id}{also}: {said}. Thank you.")
