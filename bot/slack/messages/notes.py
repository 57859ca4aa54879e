"""Short answers: help, what was not understood, what did not work, and thanks."""

from collections.abc import Mapping, Sequence

from bot.briefing import phrases
from bot.briefing.parts import EmptyReason
from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError, InputError, Problem
from bot.domain.evidence import Reviewed
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    at_most,
    bold,
    context,
    escape,
    fit,
    note,
    sections,
    target,
)
from bot.slack.messages.parts import EMPTY_TEXT, TITLE

_CHOICES_SHOWN = 6
_PROBLEMS_SHOWN = 5
_TYPED = 80
_SENTENCE = 600
_PROBLEM = 300


def help_messages(parts: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[Message, ...]:
    """What can be asked: under each heading, pairs of how it is written and what one gets."""
    chunks: list[Chunk] = []
    for heading, entries in parts.items():
        lines = (f"`/briefing {escape(usage)}` {meaning}" for usage, meaning in entries)
        chunks += sections((f"*{heading}*", *lines))
    foot = context(
        "The same questions work in words: mention me, or write to me directly.",
        "Machines gather and propose; people judge. "
        "The menu beside each story sets it right, for everybody.",
    )
    return fit([*chunks, (foot,)], text="What /briefing can do")


def unknown_message(typed: str, *, nearest: Sequence[str]) -> Message:
    """The answer to words that are no command: the nearest ones, best first."""
    text = f"I do not know “{escape(typed, limit=_TYPED)}”."
    if nearest:
        shown = [f"`/briefing {escape(one, limit=TITLE)}`" for one in nearest[:_CHOICES_SHOWN]]
        text += f" Did you mean {' or '.join(shown)}?"
    return note(f"{text} `/briefing help` shows all that I can do.")


def which_message(typed: str, *, candidates: Sequence[tuple[str, str]], verb: str) -> Message:
    """The answer to a commitment or summit that was not found, or that may be several.

    `candidates` are pairs of id and title, best first; `verb` is the command to repeat.
    """
    shown = escape(typed, limit=_TYPED)
    if not candidates:
        missing = f"I do not know a commitment or summit “{shown}”."
        return note(f"{missing}\n`/briefing commitments` lists them.")
    lines = [
        f"• {escape(title, limit=TITLE)}: `/briefing {verb} {escape(name, limit=TITLE)}`"
        for name, title in candidates[:_CHOICES_SHOWN]
    ]
    return note("\n".join((f"Which one is “{shown}”?", *lines)))


def commitments_messages(pack: Pack) -> tuple[Message, ...]:
    """What is tracked: each summit with its commitments and their short names."""
    if not pack.commitments:
        return (note(EMPTY_TEXT[EmptyReason.NOTHING_TRACKED]),)
    chunks: list[Chunk] = []
    for summit in pack.summits:
        head = f"{bold(summit.name, limit=TITLE)} (`{escape(summit.id)}`)"
        lines = (f"• `{escape(c.id)}` {escape(c.title, limit=TITLE)}" for c in summit.commitments)
        chunks += sections((head, *lines))
    return fit(chunks, text=f"{len(pack.commitments)} commitments are tracked")


def error_message(error: BriefingError) -> Message:
    """A known error in its own words: each of ours is a sentence for people."""
    if isinstance(error, InputError):
        return problems_message(error.problems)
    return note(_said(str(error), limit=_SENTENCE) or "That did not work.")


def problems_message(problems: Sequence[Problem], *, head: str = "") -> Message:
    """What is wrong with an input, and how to fix each; `head` is a sentence of ours before it."""
    found = [_said(str(problem), limit=_PROBLEM) for problem in problems]
    lines = at_most(_PROBLEMS_SHOWN, found)
    if len(lines) > 1:
        lines = [f"• {line}" for line in lines]
    return note("\n".join([*([head] if head else []), *lines]))


def _said(text: str, *, limit: int) -> str:
    # A command stays one that can be copied: in plain quotes, since what is foreign in the
    # sentence must not format anything.
    return escape(text.replace("`", "'"), limit=limit)


def apology_message(reference: str) -> Message:
    """The answer to an unknown error, with the reference that the log has too."""
    return note(
        "Sorry, that did not work, and it is not your fault. "
        f"Please tell the person who runs me this reference: `{escape(reference)}`"
    )


def reviewed_message(done: Reviewed, *, actor: str) -> Message:
    """The answer to a verdict or to taking one back: what stands now, and what stood before."""
    before, after = done.before[0], done.after[0]
    others = len(done.before) - 1
    also = f" and {others} more of the same story" if others else ""
    verdict = after.verdict
    stands = phrases.verdict(verdict) if verdict else "no verdict any more"
    if verdict and not verdict.fits:
        stands += ", so it is shown here no more"
    text = f"E{after.id}{also}: {stands}."
    if before.verdict is not None and before.verdict_by not in {None, actor}:
        was = phrases.verdict(before.verdict)
        text += f" {target(before.verdict_by or '')} had set it to “{was}”; both stay on record."
    return note(text)
