"""Plain English for numbers, spans and states, the same in Slack and in the terminal.

Nothing here knows of markup: each function gives a short phrase of our own words only, except
`outlets` and those of a digest, whose names and headlines must still be escaped.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from bot.briefing.answers import FeedsAnswer
from bot.briefing.digest import Digest, DigestStory, Lead
from bot.briefing.parts import (
    Balance,
    FeedCounts,
    FeedState,
    Quality,
    Quiet,
    Run,
    Silence,
    Standing,
    Story,
    Topic,
)
from bot.domain.assessment import Assessment
from bot.domain.commitment import Level, Scale
from bot.domain.evidence import Direction, Verdict
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Occurrence, Schedule, Weekday
from bot.domain.text import shorten
from bot.domain.window import Window

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# None is a direction that the machine is unsure of.
DIRECTION_MARK: Mapping[Direction | None, str] = {
    Direction.PROGRESS: "▲",
    Direction.SETBACK: "▼",
    Direction.NEUTRAL: "◇",
    None: "?",
}
_DIRECTION_WORDS: Mapping[Direction | None, str] = {
    Direction.PROGRESS: "toward fulfilment",
    Direction.SETBACK: "away from it",
    Direction.NEUTRAL: "neither",
    None: "which way is unsure",
}
# A tracked concern is not fulfilled: it gets in the way.
_CONCERN_WORDS: Mapping[Direction | None, str] = {
    **_DIRECTION_WORDS,
    Direction.PROGRESS: "it grows",
    Direction.SETBACK: "it eases",
}
STANDING_MARK = {Standing.CONFIRMED: "✓", Standing.UNSURE: "", Standing.PROPOSED: ""}
STANDING_WORDS = {
    Standing.CONFIRMED: "confirmed by a person",
    Standing.UNSURE: "unsure whether it belongs here, waiting for review",
    Standing.PROPOSED: "proposed by the machine",
}
# Follows a line that may not belong where it stands.
MAY_NOT_BELONG = "unsure whether it belongs here"
VERDICT_WORDS = {
    Verdict.CONFIRMED: "belongs here",
    Verdict.REJECTED: "not this commitment",
    Verdict.MOVED: "moved to another commitment",
}
# Follows an edit of the feed list that is not in the file.
KEPT_EDIT = (
    "feeds.yaml cannot be written now, so this holds without it and is written there as soon as it "
    "can be."
)
_LEAD_HEADLINE = 300
_TITLE = 120
_NAMED = 5
_DAY = timedelta(days=1)
_MONTH_DAYS = 30.44
_YEAR_DAYS = 365.25


def direction(which: Direction | None, *, concern: bool = False) -> str:
    """A direction in words; a tracked concern grows or eases."""
    return (_CONCERN_WORDS if concern else _DIRECTION_WORDS)[which]


def verdict(said: Verdict, *, concern: bool = False) -> str:
    """A verdict in words: its direction, or where it belongs."""
    way = said.direction
    return VERDICT_WORDS[said] if way is None else direction(way, concern=concern)


def contrary(outlets: int) -> str:
    """How many outlets' reports are read the other way; empty for none."""
    if not outlets:
        return ""
    return f"{count(outlets, 'outlet')} read{'s' if outlets == 1 else ''} it the other way"


def filters(
    *,
    since: datetime | None,
    until: datetime | None,
    direction: Direction | None,
    source: str | None,
) -> tuple[str, ...]:
    """What evidence was narrowed to, a phrase each; the outlet's name is not escaped."""
    last = until - _DAY if until else None
    if since and last:
        days = day(since) if since.date() == last.date() else f"{day(since)} to {day(last)}"
    elif since:
        days = f"{day(since)} to today"
    else:
        days = f"until {day(last)}" if last else ""
    which = _DIRECTION_WORDS[direction] if direction else ""
    return tuple(part for part in (which, days, source or "") if part)


def quality(here: Quality) -> str:
    """How often the filing is right, in words; empty where too few were reviewed to say."""
    if not here.says_something:
        return ""
    return f"what is filed here was {quality_counts(here)}, by reviews"


def quality_counts(here: Quality) -> str:
    """How often filings and directions were right: `right 9 of 10 times; direction 6 of 8`."""
    words = f"right {here.right} of {here.reviewed} times"
    if here.directions:
        words += f"; direction {here.directions_right} of {here.directions}"
    return words


def level(one: Level, scale: Scale) -> str:
    """A level of a scale: `2 intermediate`, or `+1 full compliance` where it has a sign.

    >>> level(Level(value=1, name="full compliance"), Scale.COMPLIANCE)
    '+1 full compliance'
    """
    signed = scale is Scale.COMPLIANCE and one.value
    return f"{one.value:{'+' if signed else ''}d} {one.name}"


def level_of(one: Assessment) -> str:
    """The level of an assessment, and whether it is provisional."""
    said = level(Level(value=one.level, name=one.level_name), one.scale)
    return said if one.final else f"{said} (provisional)"


def judged(
    standing: Sequence[Assessment], *, now: datetime, name: Callable[[str], str], zone: tzinfo
) -> str:
    """What people judged, who, when, how long ago, and on what; plainly, where nobody did.

    `name` renders what is foreign: the authors' Slack ids, and parties.
    """
    if not standing:
        return "Nobody has assessed this yet"
    parts = []
    for one in standing:
        who = f"{name(one.party)}: " if one.party else ""
        age = span(now - one.at)
        cited = f"A{one.id}, on {citations(one.evidence)}"
        by = f"{name(one.actor)} on {day(one.at, zone=zone)}, {age} ago"
        parts.append(f"{who}level {level_of(one)}, by {by} ({cited})")
    if standing[0].party is not None:
        parts.insert(0, "nobody has assessed the whole yet")
    said = "; ".join(parts)
    return said[0].upper() + said[1:]


def judged_briefly(standing: Sequence[Assessment], *, now: datetime) -> str:
    """The level and its age for a line of a table; of several parties from which to which."""
    if not standing:
        return "not assessed"
    lowest, highest = (pick(standing, key=lambda one: one.share) for pick in (min, max))
    if standing[0].party is None:
        more = count(len(standing) - 1, "party", "parties")
        also = f", {more} from {level_of(lowest)}" if len(standing) > 1 else ""
        return f"{level_of(standing[0])}, {span(now - standing[0].at)} ago{also}"
    return (
        f"{count(len(standing), 'party', 'parties')} from {level_of(lowest)} to {level_of(highest)}"
    )


def turns(runs: Sequence[Run], *, cite: Callable[[Story], str], concern: bool, zone: tzinfo) -> str:
    """The last turning point: the two last runs, each with the story that it begins with.

    `cite` renders that story.
    """
    if not runs:
        return "no report surely points either way yet"
    parts = [
        f"{way(run, concern=concern)} {word} {day(run.since, zone=zone)} ({cite(run.first)})"
        for run, word in zip(runs[-2:], ("from", "since")[-len(runs[-2:]) :], strict=True)
    ]
    return "; ".join(parts)


def turns_briefly(runs: Sequence[Run], *, concern: bool, zone: tzinfo) -> str:
    """The last turn within the year for a line of a table; empty where nothing points anywhere."""
    if not runs:
        return ""
    mark, word = DIRECTION_MARK[runs[-1].direction], way(runs[-1], concern=concern)
    if len(runs) == 1:
        return f"{mark} {word}, no turn within a year"
    return f"{mark} {word} since {day(runs[-1].since, zone=zone)}"


def way(run: Run, *, concern: bool) -> str:
    """Which way a run points, in a word; a tracked concern grows or eases."""
    toward = run.direction is Direction.PROGRESS
    if concern:
        return "growing" if toward else "easing"
    return "toward" if toward else "away"


def fetched_later(story: Story) -> str:
    """Of an answer as of a day: what of the story was fetched only later; empty for nothing."""
    if not story.late:
        return ""
    return (
        "fetched later"
        if story.late == story.items
        else f"{story.late} of {story.items} reports fetched later"
    )


def citations(numbers: Sequence[int]) -> str:
    """Pieces of evidence by their numbers: `E4, E12`."""
    return ", ".join(f"E{number}" for number in numbers)


def count(number: int, one: str, many: str | None = None) -> str:
    """The number with its noun: `1 story`, `1,204 stories`.

    >>> count(1, "story", "stories"), count(0, "feed")
    ('1 story', '0 feeds')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(moment: date | datetime, *, zone: tzinfo | None = None) -> str:
    """The day, its month as a word: `28 Feb 2019`, in `zone` for a moment."""
    if isinstance(moment, datetime) and zone is not None:
        moment = moment.astimezone(zone)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def clock_time(moment: datetime, *, zone: tzinfo) -> str:
    """The day and the time in `zone`: `28 Feb 2019, 08:00`."""
    local = moment.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def span(length: timedelta) -> str:
    """How long, in the unit that people would use: `12 minutes`, `41 days`, `4 months`.

    Rounded down, so that "3 days" has been three days at least; a negative length counts as none.
    Days up to 98, then months, from two years on years.

    >>> [span(timedelta(days=n)) for n in (1, 41, 120, 800)]
    ['1 day', '41 days', '3 months', '2 years']
    """
    seconds = max(0, int(length.total_seconds()))
    days = seconds // 86_400
    if days > 2 * _YEAR_DAYS:
        return count(int(days / _YEAR_DAYS), "year")
    if days > 98:  # noqa: PLR2004 - fourteen weeks: up to there people still count days
        return count(int(days / _MONTH_DAYS), "month")
    if days:
        return count(days, "day")
    if seconds >= 3600:  # noqa: PLR2004 - seconds in an hour
        return count(seconds // 3600, "hour")
    return count(seconds // 60, "minute") if seconds >= 60 else "less than a minute"  # noqa: PLR2004


def rhythm(gap: timedelta) -> str:
    """A usual gap as people say it: `about one a week`.

    >>> [rhythm(timedelta(days=n)) for n in (1, 3, 7, 14, 30, 75)]
    ['about one a day', 'about one every 3 days', 'about one a week', 'about one every 2 weeks', \
'about one a month', 'about one every 2 months']
    """
    days = gap / _DAY
    for most, words in (
        (1.5, "about one a day"),
        (5.5, f"about one every {days:.0f} days"),
        (10.5, "about one a week"),
        (24.5, f"about one every {max(2, round(days / 7))} weeks"),
        (45.5, "about one a month"),
    ):
        if days < most:
            return words
    return f"about one every {max(2, round(days / _MONTH_DAYS))} months"


def silence(quiet: Silence) -> str:
    """How long without evidence, and what was usual: a finding, not a judgement."""
    if quiet.gap is None:
        return "no evidence yet"
    if quiet.gap < _DAY:
        return "evidence within the last day"
    gap = span(quiet.gap)
    words = f"no evidence for {gap}" if quiet.quiet else f"newest evidence {gap} ago"
    if quiet.rhythm is None:
        return words
    return f"{words}; {'until now' if quiet.quiet else 'usually'} {rhythm(quiet.rhythm)}"


def due(when: date, *, today: date) -> str:
    """The due date against today: `due in 12 days`, `due today`, `was due 3 days ago`."""
    days = (when - today).days
    if days == 0:
        return "due today"
    return f"due in {span(days * _DAY)}" if days > 0 else f"was due {span(-days * _DAY)} ago"


def outlets(names: Sequence[str]) -> str:
    """Who reports it: the first outlet, and the others by name if one, by number if more.

    >>> outlets(["Harbour Wire"]), outlets(["Harbour Wire", "B", "C"])
    ('Harbour Wire', 'Harbour Wire and 2 others')
    """
    match len(names):
        case 0:
            return "unknown outlet"
        case 1:
            return names[0]
        case 2:
            return f"{names[0]} and {names[1]}"
        case number:
            return f"{names[0]} and {number - 1} others"


def balance(numbers: Balance, *, concern: bool = False) -> str:
    """Stories by direction: `3 toward, 1 away, 2 unsure`; `none` without any."""
    counts = (numbers.progress, numbers.setback, numbers.neutral, numbers.unsure)
    words = ("growing", "easing") if concern else ("toward", "away")
    parts = zip(counts, (*words, "neither", "unsure"), strict=True)
    return ", ".join(f"{number} {word}" for number, word in parts if number) or "none"


def balance_marks(numbers: Balance) -> str:
    """The same in marks, for lines that are short of room: `▲3 ▼1 ◇2`; a dot without any."""
    counts = (numbers.progress, numbers.setback, numbers.neutral, numbers.unsure)
    parts = zip(counts, DIRECTION_MARK.values(), strict=True)
    return " ".join(f"{mark}{number}" for number, mark in parts if number) or "·"


def window(stretch: Window, *, zone: tzinfo) -> str:
    """From when to when, in the reader's zone, with a day named once where one is enough.

    `27 Feb 2019, 08:00 to 28 Feb 2019, 08:00`, or `28 Feb 2019, 06:00 to 08:00`.
    """
    since, until = stretch.since.astimezone(zone), stretch.until.astimezone(zone)
    end = f"{until:%H:%M}" if since.date() == until.date() else clock_time(until, zone=zone)
    return f"{clock_time(since, zone=zone)} to {end}"


def listing(parts: Sequence[str]) -> str:
    """Names as a sentence has them: `A`, `A and B`, `A, B and C`."""
    if len(parts) < 2:  # noqa: PLR2004 - one name needs no "and"
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def weekdays(days: Collection[Weekday]) -> str:
    """Days by name: `every day`, `Mon to Fri`, `Mon, Wed and Sat`."""
    if frozenset(days) == EVERY_DAY:
        return "every day"
    if frozenset(days) == WORKDAYS:
        return "Mon to Fri"
    return listing([weekday.name.capitalize() for weekday in sorted(days)])


def schedule(rule: Schedule) -> str:
    """When a digest comes: `Mon to Fri at 08:00, Asia/Seoul`."""
    return f"{weekdays(rule.weekdays)} at {rule.at:%H:%M}, {rule.timezone}"


def occurrence(when: Occurrence, *, zone: tzinfo) -> str:
    """One due moment with its weekday: `Mon 24 Nov 2026, 08:00`."""
    local = when.instant.astimezone(zone)
    return f"{Weekday(local.weekday()).name.capitalize()} {clock_time(when.instant, zone=zone)}"


def nothing_new(answer: Digest, *, zone: tzinfo) -> str:
    """What a digest without news says: that there is none, and what falls due."""
    several = "any of them" if len(answer.topics) > 1 else "it"
    tracked = count(len(answer.topics), "commitment")
    sentence = f"Nothing new from {window(answer.window, zone=zone)}: {tracked} watched"
    sentence += f", no new evidence on {several}"
    if answer.feeds.failing:
        sentence += f"; {failing(answer.feeds)}, so something may be missing"
    soon = f" Due soon: {due_topics(answer.due)}." if answer.due else ""
    return f"{sentence}.{soon}"


def lead(answer: Lead | None, *, zone: tzinfo) -> tuple[str, ...]:
    """What changed, in three sentences at most; the first begins with the news itself."""
    if answer is None:
        return ()
    sentences = [_lead_story(answer.story)] if answer.story else []
    if answer.silent:
        sentences.append(f"Fallen silent: {quiet(answer.silent, zone=zone)}.")
    if answer.due:
        sentences.append(f"Came due: {due_topics(answer.due)}.")
    return tuple(sentences)


def _lead_story(told: DigestStory) -> str:
    """The headline, how many have it, and what it means for its commitment."""
    story, topic = told.story, told.topic
    headline = shorten(story.headline, _LEAD_HEADLINE)
    carried = count(len(story.outlets), "outlet")
    about = f"on {_title(topic)}"
    if story.standing is Standing.UNSURE:
        about = f"perhaps {about}"
    elif topic.concern and story.direction in {Direction.PROGRESS, Direction.SETBACK}:
        about = f"{_title(topic)}: {direction(story.direction, concern=True)}"
    elif story.direction is Direction.PROGRESS:
        about = f"toward fulfilment of {_title(topic)}"
    elif story.direction is Direction.SETBACK:
        about = f"away from {_title(topic)}"
    turn = ", which turns its course" if told.turns else ""
    return f"{headline} ({carried}): {about}{turn}."


def digest_notes(told: DigestStory, covered: Window) -> tuple[str, ...]:
    """What follows on a story's line in a digest that covers this."""
    before = "yesterday" if covered.until - covered.since < 2 * _DAY else "the last briefing"
    notes = (
        f"also bears on {_some([_title(topic) for topic in told.also])}" if told.also else "",
        f"since {before}: {_development(told)}" if told.development else "",
        "fetched later" if told.fetched_later else "",
    )
    return tuple(note for note in notes if note)


def _development(told: DigestStory) -> str:
    """What is new of a story that was told before; empty for one that was not."""
    new, here = told.development, told.topic
    if new is None:
        return ""
    others = [_title(topic) for topic in new.topics if topic != here]
    parts = [
        "now sure to belong here" if here in new.topics else "",
        "now read the other way" if new.turned else "",
        f"now bears on {_some(others)}" if others else "",
        count(new.outlets, "more outlet") if new.outlets else "",
        f"reported again after {span(new.pause)}" if new.pause else "",
    ]
    return ", ".join(part for part in parts if part)


def quiet(found: Sequence[Quiet], *, zone: tzinfo) -> str:
    """Quiet commitments with the day of their last evidence; of more than five, how many more."""
    return _some(
        [
            f"{_title(one.topic)} (last on {day(one.silence.last, zone=zone)})"
            for one in found
            if one.silence.last
        ]
    )


def due_topics(found: Sequence[Topic]) -> str:
    """Commitments with their due dates; of more than five, how many more."""
    return _some([f"{_title(topic)} ({day(topic.due)})" for topic in found if topic.due])


def _some(names: Sequence[str]) -> str:
    extra = len(names) - _NAMED
    return listing([*names[:_NAMED], *([f"{extra} more"] if extra > 0 else [])])


def _title(topic: Topic) -> str:
    return shorten(topic.title, _TITLE)


def failing(feeds: FeedCounts) -> str:
    """How many feeds fail: `2 of 31 feeds failing`."""
    return f"{feeds.failing:,} of {count(feeds.total, 'feed')} failing"


def like(title: str) -> str:
    """The warning that a feed publishes what a listed one does, whose escaped title is given."""
    return f"nearly all of its newest articles are in {title} too: it may be the same feed"


def feed_list(answer: FeedsAnswer) -> str:
    """How many feeds are listed, and how many in each state."""
    states = Counter(health.state for health in answer.feeds)
    return f"{count(len(answer.feeds), 'feed')}, {feed_states(states)}"


def feed_states(states: Mapping[FeedState, int]) -> str:
    """How many feeds are in each state that needs a word: `2 failing, 1 paused`."""
    order = (FeedState.FAILING, FeedState.SILENT, FeedState.PAUSED, FeedState.NEW)
    some = [f"{states[state]} {state.value}" for state in order if states.get(state)]
    return ", ".join(some or ["none failing"])
