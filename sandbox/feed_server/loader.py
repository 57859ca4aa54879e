"""A chronology from a directory of YAML files: their form, their rules, and reading them.

`outlets.yaml` holds when it opens and closes, the outlets and the milestones; each other `*.yaml`
file holds stories, each with the reports of it. Times carry an offset or `Z`. To replay another
summit, write such a directory and hand it to `load_chronology`.
"""

from collections import Counter
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import TypeVar

from pydantic import (
    BaseModel,
    ValidationError,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.domain.errors import InputError, Problem
from bot.domain.evidence import Direction
from sandbox.feed_server.model import (
    STRICT,
    Bearing,
    Chronology,
    Line,
    Milestone,
    Moment,
    Outlet,
    Report,
    Revision,
    Slug,
    Text,
)


class Form(BaseModel):
    """A part of a file; a field that is not known is an error."""

    model_config = STRICT


class HeadForm(Form):
    """`outlets.yaml`."""

    opens: Moment
    closes: Moment
    outlets: tuple[Outlet, ...]
    milestones: tuple[Milestone, ...] = ()


class ReportForm(Form):
    """One outlet's report of a story.

    Attributes:
        slug: Last part of its address and of its GUID; the story's name when not given.
        guid: When it is not to be made from the slug.
        path: When it is not to be made from outlet, month and slug; may have a query.
        bears_on: When it differs from the story's.
    """

    outlet: Slug
    at: Moment
    title: Line
    summary: Text
    slug: Slug | None = None
    guid: Line | None = None
    path: Line | None = None
    categories: tuple[Line, ...] = ()
    revisions: tuple[Revision, ...] = ()
    bears_on: dict[Slug, Direction] | None = None


class StoryForm(Form):
    """An event: its name, what it means for the commitments, and who reports it."""

    story: Slug
    bears_on: dict[Slug, Direction] = {}
    reports: tuple[ReportForm, ...]


class StoriesForm(Form):
    """A file of stories."""

    stories: tuple[StoryForm, ...]


def problems_of(chronology: Chronology) -> tuple[Problem, ...]:
    """Every rule that the chronology breaks, in the order of its parts; empty when it is sound."""
    return (
        *_outlet_problems(chronology),
        *_milestone_problems(chronology),
        *_guid_problems(chronology.reports),
        *(
            problem
            for report in chronology.reports
            for problem in _report_problems(report, chronology)
        ),
    )


def _outlet_problems(chronology: Chronology) -> Iterator[Problem]:
    if chronology.opens >= chronology.closes:
        yield Problem(where="opens", what="is not before closes", fix="exchange the two")
    for outlet_id, count in Counter(outlet.id for outlet in chronology.outlets).items():
        if count > 1:
            yield Problem(
                where=f"outlet {outlet_id}", what=f"is listed {count} times", fix="list it once"
            )
    kept_out = [outlet.id for outlet in chronology.outlets if outlet.kept_out]
    if len(kept_out) != 1:
        yield Problem(
            where="outlets",
            what=f"{len(kept_out)} are kept out of the feed list",
            fix="write kept_out: true at exactly one",
        )


def _milestone_problems(chronology: Chronology) -> Iterator[Problem]:
    for milestone in chronology.milestones:
        if not chronology.opens <= milestone.at <= chronology.closes:
            yield Problem(
                where=f"milestone {milestone.headline!r}",
                what=f"{milestone.at:%Y-%m-%d %H:%M} is outside the chronology",
                fix="move it between opens and closes",
            )
    for earlier, later in pairwise(chronology.milestones):
        if earlier.at >= later.at:
            yield Problem(
                where=f"milestone {later.headline!r}",
                what="is not after the one before",
                fix="list milestones oldest first",
            )


def _guid_problems(reports: tuple[Report, ...]) -> Iterator[Problem]:
    for (outlet, guid), count in Counter((r.outlet, r.guid) for r in reports).items():
        if count > 1:
            yield Problem(
                where=f"report {guid}",
                what=f"{outlet} has that GUID {count} times",
                fix="give one of them a slug or guid of its own",
            )


def _report_problems(report: Report, chronology: Chronology) -> Iterator[Problem]:
    where = f"report {report.guid}"
    outlets = {outlet.id: outlet for outlet in chronology.outlets}
    outlet = outlets.get(report.outlet)
    if outlet is None:
        yield Problem(
            where=where,
            what=f"its outlet {report.outlet!r} is not listed",
            fix=f"choose one of {', '.join(outlets)}",
        )
    elif not _is_article_path(report.path, outlet):
        yield Problem(
            where=where,
            what=f"its path {report.path!r} is not one of the outlet's article addresses",
            fix=f"begin it with /{outlet.id}/ and the year",
        )
    moments = (report.published_at, *(revision.at for revision in report.revisions))
    for moment in moments:
        if not chronology.opens <= moment <= chronology.closes:
            yield Problem(
                where=where,
                what=f"{moment:%Y-%m-%d %H:%M} is outside the chronology",
                fix="move it between opens and closes",
            )
    if any(earlier >= later for earlier, later in pairwise(moments)):
        yield Problem(
            where=where,
            what="a revision is not later than the text before it",
            fix="list revisions oldest first, after the publication",
        )


def _is_article_path(path: str, outlet: Outlet) -> bool:
    """Whether the path lies in the outlet's own part, clear of its index page and its feed."""
    prefix = f"/{outlet.id}/"
    return path.startswith(prefix) and path.removeprefix(prefix)[:1].isdigit()


_HEAD_FILE = "outlets.yaml"
_FormT = TypeVar("_FormT", bound=Form)


class ChronologyError(InputError):
    """A chronology's files are wrong."""


def load_chronology(directory: Traversable | None = None) -> Chronology:
    """The chronology in a directory.

    Args:
        directory: Where `outlets.yaml` and the story files are (a `pathlib.Path` will do); None
            for the one that comes with the bot: Singapore, June 2018, to the days after Hanoi,
            March 2019.

    Raises:
        ChronologyError: A file is missing or wrong; every problem that was found is named.
    """
    source = resources.files(__package__) / "chronology" if directory is None else directory
    head = _validated(HeadForm, source / _HEAD_FILE)
    names = sorted(entry.name for entry in source.iterdir() if entry.name.endswith(".yaml"))
    stories = [
        story
        for name in names
        if name != _HEAD_FILE
        for story in _validated(StoriesForm, source / name).stories
    ]
    reports = [_report(story, form) for story in stories for form in story.reports]
    chronology = Chronology(
        opens=head.opens,
        closes=head.closes,
        outlets=head.outlets,
        reports=tuple(sorted(reports, key=lambda report: (report.published_at, report.guid))),
        milestones=head.milestones,
    )
    if problems := problems_of(chronology):
        raise ChronologyError(*problems)
    return chronology


def _validated(form: type[_FormT], file: Traversable) -> _FormT:
    """The file's content in that form."""
    try:
        return form.model_validate(_read(file))
    except ValidationError as error:
        raise ChronologyError(
            *(
                Problem(
                    where=f"{file.name}, {'.'.join(str(part) for part in fault['loc']) or 'top'}",
                    what=fault["msg"],
                    fix="see the fields in sandbox/feed_server/loader.py",
                )
                for fault in error.errors(include_url=False)
            )
        ) from error


def _read(file: Traversable) -> object:
    # The pure parser reads the same everywhere; the C one is an optional extra of ruamel.yaml.
    yaml = YAML(typ="safe", pure=True)
    try:
        content: object = yaml.load(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = Problem(
            where=file.name, what="cannot be read", fix="a chronology needs this file"
        )
        raise ChronologyError(problem) from error
    except YAMLError as error:
        problem = Problem(where=file.name, what=f"is no YAML: {error}", fix="correct that line")
        raise ChronologyError(problem) from error
    return content


def _report(story: StoryForm, form: ReportForm) -> Report:
    slug = form.slug or story.story
    bears_on = story.bears_on if form.bears_on is None else form.bears_on
    return Report(
        outlet=form.outlet,
        guid=form.guid or f"urn:outlet:{form.outlet}:{slug}",
        title=form.title,
        summary=form.summary,
        published_at=form.at,
        path=form.path or f"/{form.outlet}/{form.at:%Y/%m}/{slug}",
        revisions=form.revisions,
        categories=form.categories,
        story=story.story,
        bears_on=tuple(
            Bearing(commitment=commitment, direction=direction)
            for commitment, direction in sorted(bears_on.items())
        ),
    )
