"""Short answers: help, what was not understood, what did not work, and thanks."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from itertools import accumulate

from bot.briefing import phrases
from bot.briefing.parts import EmptyReason
from bot.briefing.questions import Intent
from bot.domain.commitment import Commitment, Pack
from bot.domain.errors import BriefingError, HeldError, InputError, Problem
from bot.domain.evidence import Reviewed
from bot.domain.subscription import AuditEntry, Json
from bot.slack import ids
from bot.slack.button_values import AcceptValue, AskedValue, AuditPageValue, CommitmentValue
from bot.slack.limits import BLOCKS_IN_MESSAGE, PLANNED_CHARACTERS
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    at_most,
    bold,
    context,
    date_time,
    escape,
    fit,
    message_of,
    note,
    section,
    sections,
    size,
    target,
)
from bot.slack.messages.parts import EMPTY_TEXT, TITLE, button, undo_button

_CHOICES_SHOWN = 6
_CHOICES_ASKED = 40  # a block each
# Characters of the question that all buttons of a message carry together, and one at most.
_ALL_ASKED, _ASKED = 4_000, 1_000
_ASKS = {
    Intent.STATUS: "where it stands",
    Intent.EVIDENCE: "what was reported",
    Intent.CHANGES: "what is new",
    Intent.SILENCE: "what went quiet",
    Intent.COMPARE: "a comparison",
    Intent.SEARCH: "a search for it",
    Intent.ASSESSMENT: "how it was judged",
    Intent.TIMELINE: "a timeline",
    Intent.BRIEF: "a briefing",
    Intent.FEEDS: "the feeds",
    Intent.SUBSCRIBE: "your digests",
    Intent.HELP: "help",
}
_PROBLEMS_SHOWN = 5
_TYPED = 80
_SENTENCE = 600
_PROBLEM = 300
_QUESTION = 1_000  # as JSON, with what was typed escaped
_SUBJECT = 160
_STATE = 160


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


def which_message(
    typed: str, *, candidates: Sequence[tuple[str, str]], verb: str | None = None
) -> Message:
    """The question back where a commitment or summit was not found, or where several may be meant.

    `candidates` are pairs of id and title, best first, a button for each; `verb` is the command
    that it was asked by, None for a question in words.
    """
    shown = escape(typed, limit=_TYPED)
    if not candidates:
        missing = f"I do not know a commitment or summit “{shown}”."
        return note(f"{missing}\n`/briefing commitments` lists them.")
    room = min(_ASKED, _ALL_ASKED // min(len(candidates), _CHOICES_ASKED))
    choices = [
        (
            escape(title, limit=TITLE) or escape(one),
            AskedValue(text=f"{verb} {one}")
            if verb
            else AskedValue(text=_clean(typed)[:room], commitment=one),
        )
        for one, title in candidates[:_CHOICES_ASKED]
    ]
    choices = choices[: _fitting(choices)]
    asked = f"Which one do you mean by “{shown}”?" if typed else "Of which commitment?"
    if (others := len(candidates) - len(choices)) > 0:
        asked += f" There are {others} more; a word of its title finds one."
    return _choice(asked, choices)


def _fitting(choices: Sequence[tuple[str, AskedValue]]) -> int:
    """How many of them one message holds below its question."""
    sizes = accumulate(size(_choice("", [choice]).blocks[1:]) for choice in choices)
    return sum(together <= PLANNED_CHARACTERS - _QUESTION for together in sizes)


def unsure_message(typed: str, *, instead: Sequence[Intent]) -> Message:
    """The answer to what cannot be read: what it may ask, the likeliest first."""
    said = f"I am not sure what “{escape(typed, limit=_TYPED)}” asks."
    room = min(_ASKED, _ALL_ASKED // max(len(instead), 1))
    choices = [
        (_ASKS[one], AskedValue(text=_clean(typed)[:room], intent=one))
        for one in instead
        if one in _ASKS
    ]
    more = "It may be:" if choices else "`/briefing help` shows all that I can do."
    return _choice(f"{said} {more}", choices)


def _clean(typed: str) -> str:
    """The text without halves of characters, which JSON cannot carry."""
    return typed.encode("utf-8", "ignore").decode()


def _choice(text: str, choices: Sequence[tuple[str, AskedValue]]) -> Message:
    """A button for each of several readings; its answer takes the place of the message."""
    rows = (section(label, accessory=button("This", ids.ASKED, value)) for label, value in choices)
    return Message(text=text, blocks=(section(text), *rows))


def read_as(messages: Sequence[Message], reading: Sequence[str]) -> tuple[Message, ...]:
    """The messages, the first with a grey line on how the question was read."""
    if not messages or len(messages[0].blocks) >= BLOCKS_IN_MESSAGE:
        return tuple(messages)
    first, *others = messages
    line = context(" · ".join(escape(part, limit=TITLE) for part in reading))
    return (Message(text=first.text, blocks=(*first.blocks, line)), *others)


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


def assess_here_message(commitment: Commitment) -> Message:
    """The button that opens the form, where words cannot."""
    text = f"Assess {bold(commitment.title, limit=TITLE) or escape(commitment.id)}:"
    here = button("Assess", ids.ASSESS, CommitmentValue(commitment=commitment.id))
    return Message(text=text, blocks=(section(text, accessory=here),))


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


def held_message(name: str, error: HeldError) -> Message:
    """A change of a file that waits for an admin's word, with the button that gives it."""
    text = _said(str(error.problems[0]), limit=_SENTENCE)
    head = "A changed file waits for your word: part of it may have been lost while it was saved."
    value = AcceptValue(file=name, fingerprint=error.fingerprint)
    take = button("Take it as it is", ids.ACCEPT_SAVED, value)
    return fit([(section(f"{head}\n{text}"), actions(take))], text=f"{head} {text}")[0]


def accepted_message(name: str) -> Message:
    """The answer to an admin who agreed to a change of a file."""
    return note(f"The {name} are as their file says from now on.")


def _said(text: str, *, limit: int) -> str:
    # A command stays one that can be copied: in plain quotes, since what is foreign in the
    # sentence must not format anything.
    return escape(text.replace("`", "'"), limit=limit)


def away_message(reference: str) -> Message:
    """The answer while something that the bot needs is away; the log says what."""
    return note(
        "Something that I need is away at the moment. Please try again in a few minutes; if it "
        f"lasts, tell the person who runs me this reference: `{escape(reference)}`"
    )


def late_form_message() -> Message:
    """The answer when a form could not be opened in the three seconds that Slack gives."""
    return note("The form came too late for Slack to open it. Please open it again.")


def stopped_message() -> Message:
    """The answer that is broken off because the bot stops."""
    return note("I am being restarted and did not finish this. Please ask again in a minute.")


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
    if done.undone:
        stands = f"undone; {stands if verdict else 'no verdict stands'} now"
    if verdict and not verdict.fits:
        stands += ", so it is shown here no more"
    text = f"E{after.id}{also}: {stands}."
    if before.verdict is not None and before.verdict_by not in {None, actor}:
        was = phrases.verdict(before.verdict)
        text += f" {target(before.verdict_by or '')} had set it to “{was}”; both stay on record."
    blocks = [section(text)]
    if after.verdict_by == actor and not done.undone:
        return message_of(text, [*blocks, actions(undo_button(after))])
    return message_of(text, blocks)


def audit_messages(
    entries: Sequence[AuditEntry],
    *,
    words: str,
    offset: int,
    next_offset: int | None,
    zone: tzinfo,
) -> tuple[Message, ...]:
    """A page of who changed what, newest first, with what stood before each change."""
    typed = f" on “{escape(words, limit=_TYPED)}”" if words else ""
    if not entries:
        return (note(f"Nothing was changed{typed}, as far as I keep."),)
    lines = []
    for one in entries:
        who = target(one.actor)
        when = date_time(one.at, zone=zone)
        what = f"`{escape(one.action, limit=_TYPED)}` {escape(one.subject, limit=_SUBJECT)}"
        changed = f"{_state(one.before)} → {_state(one.after)}" if one.before or one.after else ""
        lines.append(" · ".join(part for part in (when, who, what, changed) if part))
    head = f"*Changes*{typed}, {offset + 1} to {offset + len(entries)}, newest first"
    chunks = sections((head, *(f"• {line}" for line in lines)))
    if next_offset is not None:
        more = AuditPageValue(words=words[:200], offset=next_offset)
        chunks.append((actions(button("More", ids.AUDIT_MORE, more)),))
    return fit(chunks, text=f"Changes{typed}")


def _state(values: Json | None) -> str:
    """What stood, as one would say it; "nothing" for None."""
    if not values:
        return "nothing"
    parts = (f"{name}: {value}" for name, value in values.items() if value not in (None, "", []))
    return escape(", ".join(parts), limit=_STATE) or "nothing"
