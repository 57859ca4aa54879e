"""Feeds as plain text for the terminal, and as JSON for programs.

What comes from feeds is put on one line, without characters that could drive the terminal.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Any

from bot.briefing import phrases
from bot.briefing.feed_answers import (
    FeedChoices,
    FeedHistory,
    FeedPreview,
    FeedRow,
    FeedTrial,
    ImportPlan,
    SeenItem,
)
from bot.briefing.parts import FeedState
from bot.domain.feed import FeedSpec
from bot.domain.feed_edit import FeedEditKind, KeptEdit
from bot.domain.text import one_line

_BROKEN_SHOWN = 20


def row_lines(rows: Sequence[FeedRow], *, total: int, typed: str) -> Iterator[str]:
    """The feed list."""
    if not total:
        yield "No news feeds are listed yet; add one with: briefing feeds add https://..."
        return
    some = f"{len(rows)} of {phrases.count(total, 'feed')} for “{one_line(typed)}”"
    states = Counter(row.health.state for row in rows)
    gone = sum(row.health.figures.gone for row in rows)
    counts = [f"{states[FeedState.FAILING]} failing"]
    counts += [f"{states[one]} {one.value}" for one in (FeedState.SILENT, FeedState.PAUSED)]
    counts += [f"{gone} of them gone"] if gone else []
    yield some if typed.strip() else f"{phrases.count(total, 'feed')}, {', '.join(counts)}"
    for row in rows:
        health, feed = row.health, row.health.feed
        yield f"{row.number:>4}  {health.state.value:<13} {one_line(feed.title)}: {health.sentence}"
        yield f"      {one_line(feed.url)}"
        if health.state is not FeedState.NEW:
            brings = f"{health.items_a_week:.1f} items, {health.matches_a_week:.1f} matches a week"
            share = health.rejected_share
            brings += "; not in feeds.yaml yet" if row.kept else ""
            yield f"      {brings}" + (f", {share:.0%} of reviewed rejected" if share else "")


def kept_lines(kept: Sequence[KeptEdit]) -> Iterator[str]:
    """The edits that are not in the file, with those that no row can show."""
    if not kept:
        return
    edits = phrases.count(len(kept), "edit")
    yield f"{edits} current, but not in feeds.yaml: it cannot be written."
    for one in kept:
        if one.edit.kind is FeedEditKind.REMOVE:
            yield f"      removed: {one_line(one.edit.url)}"


def row_json(row: FeedRow) -> dict[str, Any]:
    """One feed for programs; moments in ISO 8601."""
    health, feed, rhythm = row.health, row.health.feed, row.health.figures.rhythm
    return {
        "number": row.number,
        **_values(feed, "url", "title", "category", "language", "enabled"),
        "state": health.state.value,
        "words": health.sentence,
        **_values(feed, "checked_at", "succeeded_at", "newest_at", "failed_at"),
        **_values(feed, "last_error", "failures", "error"),
        "usual_gap_s": rhythm.gap.total_seconds() if rhythm else None,
        **_values(health, "items_a_week", "matches_a_week", "rejected_share"),
        "former_urls": health.figures.former_urls,
        "kept": row.kept,
    }


def _values(source: object, *names: str) -> dict[str, Any]:
    """Attributes by their names."""
    return {name: getattr(source, name) for name in names}


def preview_lines(preview: FeedPreview) -> Iterator[str]:
    """A feed that could be listed."""
    yield one_line(preview.title or preview.url)
    yield f"  {one_line(preview.url)}"
    yield f"  {entries_words(preview)}"
    if preview.matched:
        bearing = preview.bearing or "none"
        yield f"  {bearing} of {preview.matched} would be filed under a commitment"
    if preview.like is not None:
        yield f"  {phrases.like(one_line(preview.like))}"
    for problem in preview.problems:
        yield f"  {one_line(problem)}"
    yield from _items(preview.items)


def choice_lines(choices: FeedChoices) -> Iterator[str]:
    """Several feeds of a site, numbered."""
    yield f"There are several feeds at {one_line(choices.asked)}:"
    for number, feed in enumerate(choices.feeds, start=1):
        listed = "; listed already" if feed.listed_as else ""
        yield f"  {number}. {one_line(feed.title or feed.url)} ({entries_words(feed)}{listed})"
        yield f"     {one_line(feed.url)}"


def entries_words(preview: FeedPreview) -> str:
    """How many entries, how old, in which language."""
    parts = [phrases.count(preview.entries, "entry", "entries")]
    if preview.newest is not None:
        parts.append(f"the newest from {phrases.day(preview.newest, zone=UTC)}")
    if preview.undated:
        parts.append(f"{preview.undated} without a date that can be believed")
    if preview.language:
        parts.append(f"language {one_line(preview.language)}")
    return ", ".join(parts)


def trial_lines(trial: FeedTrial) -> Iterator[str]:
    """What a fetch right now gave."""
    took = f"{trial.took.total_seconds():.1f} s"
    name = one_line(trial.name)
    if trial.error is not None:
        status = f" (status {trial.status})" if trial.status else ""
        yield f"{name} cannot be read{status}, after {took}: {one_line(trial.error)}"
        return
    entries = phrases.count(trial.entries, "entry", "entries")
    media = one_line((trial.content_type or "").partition(";")[0])
    yield f"{name} answers well: {entries} in {took}, {trial.size:,} bytes {media}".rstrip()
    if trial.oldest and trial.newest:
        first, last = phrases.day(trial.oldest, zone=UTC), phrases.day(trial.newest, zone=UTC)
        yield f"  dates from {first} to {last}"
    for problem in trial.problems:
        yield f"  - {one_line(problem)}"
    if trial.preview:
        yield from _items(trial.preview.items)
    yield "Nothing of this was stored."


def trial_json(trial: FeedTrial) -> dict[str, Any]:
    """A trial for programs."""
    items = trial.preview.items if trial.preview else ()
    return {
        "url": trial.url,
        "title": trial.name,
        "ok": trial.error is None,
        **_values(trial, "error", "status"),
        "seconds": round(trial.took.total_seconds(), 3),
        **_values(trial, "final_url", "moved_to"),
        "bytes": trial.size,
        **_values(trial, "content_type", "entries", "oldest", "newest", "problems"),
        "items": [
            _values(item, "title", "url")
            | {"published": item.published_at, "commitments": item.commitments}
            for item in items
        ],
    }


def history_lines(history: FeedHistory) -> Iterator[str]:
    """Who changed a feed's line, newest first."""
    listed = "" if history.listed else " (not listed now)"
    yield f"{one_line(history.name)}{listed}"
    if history.name != history.url:
        yield f"  {one_line(history.url)}"
    for url in history.earlier_urls:
        yield f"  lived before at {one_line(url)}"
    for change in history.changes:
        when = phrases.clock_time(change.at, zone=UTC)
        details = "; ".join(one_line(one) for one in change.details)
        said = f"  {when} UTC  {change.what} by {one_line(change.actor)}"
        yield f"{said}: {details}" if details else said
    if not history.changes:
        yield "  nothing is known of it: it was listed before changes were noted"


def history_json(history: FeedHistory) -> dict[str, Any]:
    """A history for programs."""
    return {
        "title": history.name,
        **_values(history, "url", "listed", "earlier_urls"),
        "changes": [asdict(change) for change in history.changes],
    }


def plan_lines(plan: ImportPlan) -> Iterator[str]:
    """What importing a list would do."""
    yield (
        f"{one_line(plan.name)}: {phrases.count(len(plan.new), 'feed')} to add, "
        f"{len(plan.listed)} listed already, {len(plan.broken)} that cannot be listed"
    )
    yield from (f"  + {_spec(spec)}" for spec in plan.new)
    yield from (f"  = {_spec(spec)}" for spec in plan.listed)
    yield from (f"  ! {one_line(str(problem))}" for problem in plan.broken[:_BROKEN_SHOWN])
    if (more := len(plan.broken) - _BROKEN_SHOWN) > 0:
        yield f"  ! and {more} more"


def plan_json(plan: ImportPlan, *, done: bool) -> dict[str, Any]:
    """An import for programs."""
    return {
        "name": plan.name,
        "done": done,
        "added" if done else "to_add": [spec.url for spec in plan.new],
        "listed_already": [spec.url for spec in plan.listed],
        "broken": [_values(one, "line", "what", "fix") for one in plan.broken],
    }


def _items(items: Sequence[SeenItem]) -> Iterator[str]:
    for item in items:
        when = phrases.day(item.published_at, zone=UTC) if item.published_at else "no date"
        yield f"  {when}  {one_line(item.title)}"
        if item.commitments:
            yield f"      under {phrases.listing([one_line(one) for one in item.commitments])}"


def _spec(spec: FeedSpec) -> str:
    title = f"{one_line(spec.title)}: " if spec.title else ""
    return f"{title}{one_line(spec.url)}"
