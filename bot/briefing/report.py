"""A compliance report on one summit: levels, a section a commitment, numbered sources, method.

Its parts are made once, as headings, paragraphs and tables, and written as Markdown or HTML; CSV
has a line for each commitment and party, JSON the whole. Nothing in it is a judgement of the
machine: levels are people's, each with its author, reason and sources, or there is none.
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.briefing import phrases
from bot.briefing.answers import CommitmentStatus
from bot.briefing.parts import Quality, Run, Story
from bot.briefing.stories import title_of
from bot.domain.assessment import Assessment, Objection, whole
from bot.domain.commitment import LEVELS, Scale, Summit
from bot.domain.evidence import Evidence
from bot.domain.text import one_line

METHOD: Final = (
    "Each commitment is held against a guideline in writing, which says what each level means for "
    "it. An analyst sets the level, with a reason, on evidence that is cited; a later assessment "
    "takes the place of an earlier one, which stays on record, and anybody can object. Where "
    "nobody has assessed a commitment, no level is given. News items are gathered, matched with "
    "commitments and grouped into stories by a machine; people review them. Turning points and "
    "silence are counted from stories that surely bear on the commitment, and are no judgement. "
    "An assessment is one analyst's: there was no second coder, so no figure of agreement is given."
)
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
_MARKUP: Final = re.compile(r"[\\|\[\]<>`*_#~!]")
_NOT_IN_URL: Final = re.compile(r"[<>\s]")
_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{border:1px solid;padding:.2em .5em;text-align:left}"
)


class ReportFormat(StrEnum):
    """What a report is written as."""

    MD = "md"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSection:
    """One commitment of a report.

    Attributes:
        cited: What the standing assessments cite, as it is now, by number; what people set aside
            since is still there.
        objections: Those to the standing assessments, the oldest first.
    """

    status: CommitmentStatus
    cited: Mapping[int, Evidence]
    objections: tuple[Objection, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All that a report on a summit says.

    Attributes:
        now: Up to when the ledger was read.
        quality: How often the filing under the summit's commitments was right.
    """

    now: datetime
    summit: Summit
    scale: Scale
    sections: tuple[ReportSection, ...]
    quality: Quality


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A report that the text leans on; its number is its place in the list, from 1."""

    evidence_id: int
    title: str
    outlet: str
    url: str | None
    published_at: datetime
    note: str = ""


def sources_of(report: Report) -> tuple[Source, ...]:
    """Every source once, in the order in which the sections name them."""
    found: dict[int, Source] = {}
    for part in report.sections:
        for one in part.cited.values():
            aside = one.verdict is not None and not one.verdict.fits
            found.setdefault(one.id, Source(
                evidence_id=one.id,
                title=title_of(one.item),
                outlet=one_line(one.item.outlet),
                url=one.item.url,
                published_at=one.item.published_at,
                note="set aside by a person since it was cited" if aside else "",
            ))  # fmt: skip
        for story in _stories(part.status):
            found.setdefault(story.evidence_id, Source(
                evidence_id=story.evidence_id,
                title=story.headline,
                outlet=phrases.outlets(story.outlets),
                url=story.url,
                published_at=story.published_at,
            ))  # fmt: skip
    return tuple(found.values())


def _stories(status: CommitmentStatus) -> Iterator[Story]:
    yield from (run.first for run in status.runs)
    yield from (*status.toward, *status.away)


def written(report: Report, form: ReportFormat) -> str:
    """The report as a document, with a newline at its end."""
    match form:
        case ReportFormat.MD:
            return "\n\n".join(_markdown(part) for part in _parts(report)) + "\n"
        case ReportFormat.HTML:
            title = html.escape(_title(report))
            body = "\n".join(_html(part) for part in _parts(report))
            return (
                '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
                '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
                f"<title>{title}</title>\n<style>{_STYLE}</style>\n{body}\n</html>\n"
            )
        case ReportFormat.CSV:
            return _csv(report)
        case ReportFormat.JSON:
            return json.dumps(_as_json(report), ensure_ascii=False, indent=2) + "\n"


def file_name(summit: Summit, form: ReportFormat) -> str:
    """What a file with the report is called."""
    return f"report-{re.sub(r'[^A-Za-z0-9-]+', '-', summit.id)}.{form}"


@dataclass(frozen=True, slots=True)
class _Link:
    text: str
    url: str


_Text = str | _Link


@dataclass(frozen=True, slots=True)
class _Heading:
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class _Paragraph:
    texts: Sequence[_Text]


@dataclass(frozen=True, slots=True)
class _List:
    items: Sequence[Sequence[_Text]]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


_Part = _Heading | _Paragraph | _List | _Table


def _title(report: Report) -> str:
    return f"Compliance report: {one_line(report.summit.name)}"


def _parts(report: Report) -> Iterator[_Part]:
    """The document, part by part."""
    sources = sources_of(report)
    numbers = {one.evidence_id: place for place, one in enumerate(sources, 1)}
    yield _Heading(1, _title(report))
    yield _Paragraph([f"Data up to {phrases.clock_time(report.now, zone=UTC)} UTC."])
    scale = ", ".join(phrases.level(one, report.scale) for one in LEVELS[report.scale])
    yield _Paragraph([f"Scale: {report.scale.value} ({scale})."])
    yield _Heading(2, "Levels")
    head = ("commitment", "level", "assessed", "last turn", "silence")
    yield _Table(head, [_level_row(part.status) for part in report.sections])
    yield from _matrix(report)
    for place, part in enumerate(report.sections, 1):
        yield from _section(part, place, numbers)
    yield _Heading(2, "Sources")
    yield _List([_source(one) for one in sources] or [["None."]], numbered=bool(sources))
    yield _Heading(2, "Method and figures")
    yield _Paragraph([METHOD])
    said = phrases.quality_counts(report.quality)
    figures = f"The filing under these commitments was {said}, by reviews of people."
    unknown = "Nothing of what is filed under these commitments was reviewed by people yet."
    yield _Paragraph([figures if report.quality.reviewed else unknown])


def _level_row(status: CommitmentStatus) -> tuple[str, ...]:
    judged = [one for one in status.standing if one.party is None]
    level = phrases.level_of(judged[0]) if judged else "not assessed"
    parties = sum(one.party is not None for one in status.standing)
    also = f"; {phrases.count(parties, 'party', 'parties')} apart" if parties else ""
    turned = ""
    if status.runs:
        way = phrases.way(status.runs[-1], concern=status.commitment.concern)
        turned = f"{way} since {phrases.day(status.runs[-1].since, zone=UTC)}"
    return (
        one_line(status.commitment.title),
        f"{level}{also}",
        phrases.day(judged[0].at, zone=UTC) if judged else "",
        turned,
        phrases.silence(status.silence),
    )


def _matrix(report: Report) -> Iterator[_Part]:
    """Commitments by parties, where any party was assessed apart."""
    by_party = {
        (part.status.commitment.id, one.party): one
        for part in report.sections
        for one in part.status.standing
        if one.party
    }
    if not by_party:
        return
    parties = list(dict.fromkeys(party for _, party in by_party))
    rows = []
    for part in report.sections:
        commitment = part.status.commitment
        found = (by_party.get((commitment.id, party)) for party in parties)
        levels = (phrases.level_of(one) if one else "not assessed" for one in found)
        rows.append((one_line(commitment.title), *levels))
    yield _Heading(2, "By party")
    yield _Table(("commitment", *map(one_line, parties)), rows)


def _section(part: ReportSection, place: int, numbers: Mapping[int, int]) -> Iterator[_Part]:
    status, commitment = part.status, part.status.commitment
    yield _Heading(2, f"{place}. {one_line(commitment.title)}")
    yield _Paragraph([f"“{one_line(commitment.text)}”"])
    due = f"Due {phrases.day(commitment.due)}: " if commitment.due else ""
    when = phrases.due(commitment.due, today=status.now.date()) if commitment.due else ""
    if due:
        yield _Paragraph([f"{due}{when}."])
    if not status.standing:
        yield _Paragraph(["Nobody has assessed this yet."])
    for one in status.standing:
        yield from _assessment(one, part.objections, numbers)
    yield _Paragraph(["Turning points:"])
    turns = [[_turn(run, numbers, concern=commitment.concern)] for run in status.runs]
    yield _List(turns or [["No report surely points either way yet."]])
    sides = ("It grows", "It eases") if commitment.concern else ("For", "Against")
    for heading, stories in zip(sides, (status.toward, status.away), strict=True):
        told = [f"“{story.headline}” [{numbers[story.evidence_id]}]" for story in stories]
        yield _Paragraph([f"{heading}: {'; '.join(told) or 'nothing that is sure'}."])
    yield _Paragraph([f"Silence: {phrases.silence(status.silence)}."])


def _turn(run: Run, numbers: Mapping[int, int], *, concern: bool) -> str:
    way = phrases.way(run, concern=concern)
    many = phrases.count(run.stories, "story", "stories")
    first = f"“{run.first.headline}” [{numbers[run.first.evidence_id]}]"
    return f"{way} from {phrases.day(run.since, zone=UTC)}, {many}; it begins with {first}"


def _assessment(
    one: Assessment, objections: Iterable[Objection], numbers: Mapping[int, int]
) -> Iterator[_Part]:
    party = f"{one_line(one.party)}: " if one.party else ""
    cited = ", ".join(f"[{numbers[number]}]" for number in one.evidence)
    when = phrases.day(one.at, zone=UTC)
    yield _Paragraph([f"{party}{phrases.level_of(one)}, by {one.actor} on {when} (A{one.id})."])
    yield _Paragraph([f"Reason: {one_line(one.reason)} Evidence: {cited}."])
    against = [
        [f"{note.actor} objected on {phrases.day(note.at, zone=UTC)}: {one_line(note.reason)}"]
        for note in objections
        if note.assessment_id == one.id
    ]
    if against:
        yield _List(against)


def _source(one: Source) -> list[_Text]:
    where = f"{one.outlet}, {phrases.day(one.published_at, zone=UTC)}, E{one.evidence_id}"
    note = f"; {one.note}" if one.note else ""
    is_web = one.url is not None and one.url.startswith(("https://", "http://"))
    title: _Text = _Link(one.title, one.url) if one.url and is_web else one.title
    return [title, f". {where}{note}."]


def _markdown(part: _Part) -> str:
    def text(one: _Text) -> str:
        if isinstance(one, _Link):
            return f"[{text(one.text)}](<{_NOT_IN_URL.sub('', one.url)}>)"
        return _MARKUP.sub(r"\\\g<0>", one)

    def row(cells: Iterable[str]) -> str:
        return f"| {' | '.join(text(cell) for cell in cells)} |"

    match part:
        case _Heading():
            return f"{'#' * part.depth} {text(part.text)}"
        case _Paragraph():
            return "".join(map(text, part.texts))
        case _List():
            lines = ("".join(map(text, one)) for one in part.items)
            marks = (f"{n}." if part.numbered else "-" for n in range(1, 1 + len(part.items)))
            return "\n".join(f"{mark} {line}" for mark, line in zip(marks, lines, strict=True))
        case _Table():
            rule = f"| {' | '.join('---' for _ in part.head)} |"
            return "\n".join([row(part.head), rule, *map(row, part.rows)])


def _html(part: _Part) -> str:
    def text(one: _Text) -> str:
        if isinstance(one, _Link):
            return f'<a href="{html.escape(one.url)}">{html.escape(one.text)}</a>'
        return html.escape(one)

    def row(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

    match part:
        case _Heading():
            return f"<h{part.depth}>{text(part.text)}</h{part.depth}>"
        case _Paragraph():
            return f"<p>{''.join(map(text, part.texts))}</p>"
        case _List():
            tag = "ol" if part.numbered else "ul"
            items = "".join(f"<li>{''.join(map(text, one))}</li>" for one in part.items)
            return f"<{tag}>{items}</{tag}>"
        case _Table():
            rows = "".join(row(cells, "td") for cells in part.rows)
            return f"<table>{row(part.head, 'th')}{rows}</table>"


def csv_cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula is kept from that by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def _csv(report: Report) -> str:
    """A line for each commitment as a whole, assessed or not, and for each party assessed."""
    out = io.StringIO()
    rows = [row for part in report.sections for row in _csv_rows(report, part)]
    names = [name for name, _ in _COLUMNS]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[csv_cell(row[name]) for name in names] for row in rows])
    return out.getvalue()


def _csv_rows(report: Report, part: ReportSection) -> Iterator[dict[str, object]]:
    status = part.status
    last = status.runs[-1] if status.runs else None
    same: dict[str, object] = {
        "summit": report.summit.id,
        "commitment": status.commitment.id,
        "title": one_line(status.commitment.title),
        "last_turn": last.direction.value if last else "",
        "since": last.since.astimezone(UTC).date().isoformat() if last else "",
        "silent_days": status.silence.gap.days if status.silence.gap else "",
    }
    told = [(name, value) for name, value in _COLUMNS if value]
    if whole(status.standing) is None:
        yield same | {name: "" for name, _ in told}
    for one in status.standing:
        yield same | {name: value(one) for name, value in told}


_COLUMNS: Final[Sequence[tuple[str, Callable[[Assessment], object] | None]]] = (
    ("summit", None),
    ("commitment", None),
    ("title", None),
    ("party", lambda one: one.party or ""),
    ("scale", lambda one: one.scale.value),
    ("level", lambda one: one.level),
    ("name", lambda one: one.level_name),
    ("final", lambda one: "yes" if one.final else "no"),
    ("by", lambda one: one.actor),
    ("at", lambda one: one.at.astimezone(UTC).isoformat()),
    ("reason", lambda one: one_line(one.reason)),
    ("evidence", lambda one: phrases.citations(one.evidence)),
    ("last_turn", None),
    ("since", None),
    ("silent_days", None),
)
"""The columns of the CSV in order; with a function where they speak of an assessment."""


def _as_json(report: Report) -> dict[str, object]:
    return {
        "summit": {
            "id": report.summit.id,
            "name": report.summit.name,
            "date": report.summit.date.isoformat() if report.summit.date else None,
        },
        "now": report.now.isoformat(timespec="seconds"),
        "scale": {
            "name": report.scale.value,
            "levels": {str(one.value): one.name for one in LEVELS[report.scale]},
        },
        "commitments": [_section_as_json(part) for part in report.sections],
        "sources": [
            {
                "number": number,
                **asdict(one),
                "evidence_id": f"E{one.evidence_id}",
                "published_at": one.published_at.isoformat(timespec="seconds"),
            }
            for number, one in enumerate(sources_of(report), 1)
        ],
        "quality": asdict(report.quality),
        "method": METHOD,
    }


def _section_as_json(part: ReportSection) -> dict[str, object]:
    status = part.status
    return {
        "id": status.commitment.id,
        "title": status.commitment.title,
        "text": status.commitment.text,
        "due": status.commitment.due.isoformat() if status.commitment.due else None,
        "assessments": [
            {
                "assessment": f"A{one.id}",
                "party": one.party,
                "level": one.level,
                "name": one.level_name,
                "final": one.final,
                "by": one.actor,
                "at": one.at.isoformat(timespec="seconds"),
                "reason": one.reason,
                "evidence": [f"E{number}" for number in one.evidence],
                "objections": [
                    {"by": note.actor, "at": note.at.isoformat(), "reason": note.reason}
                    for note in part.objections
                    if note.assessment_id == one.id
                ],
            }
            for one in status.standing
        ],
        "turns": [
            {
                "direction": run.direction.value,
                "since": run.since.isoformat(timespec="seconds"),
                "stories": run.stories,
                "evidence": f"E{run.first.evidence_id}",
            }
            for run in status.runs
        ],
        "toward": [f"E{story.evidence_id}" for story in status.toward],
        "away": [f"E{story.evidence_id}" for story in status.away],
        "silent_days": status.silence.gap.days if status.silence.gap else None,
    }
