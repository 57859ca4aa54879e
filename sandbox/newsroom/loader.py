"""Reads a chronology from a directory of YAML files.

`newsroom.yaml` holds when it opens and closes, the outlets and the milestones; each other `*.yaml`
file holds stories, each with the reports of it. To replay another summit, write such a directory
and hand it to `load_chronology`.
"""

from datetime import UTC, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.domain.errors import InputError, Problem
from sandbox.newsroom.checks import problems_of
from sandbox.newsroom.forms import Form, HeadForm, ReportForm, StoriesForm, StoryForm
from sandbox.newsroom.model import (
    Bearing,
    Chronology,
    Milestone,
    Outlet,
    Report,
    Revision,
)

_HEAD_FILE = "newsroom.yaml"
_FormT = TypeVar("_FormT", bound=Form)


class ChronologyError(InputError):
    """A chronology's files are wrong."""


def load_chronology(directory: Traversable | None = None) -> Chronology:
    """The chronology in a directory.

    Args:
        directory: Where `newsroom.yaml` and the story files are (a `pathlib.Path` will do); None
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
        opens=_utc(head.opens),
        closes=_utc(head.closes),
        outlets=tuple(Outlet(**form.model_dump()) for form in head.outlets),
        reports=tuple(sorted(reports, key=lambda report: (report.published_at, report.guid))),
        milestones=tuple(
            Milestone(at=_utc(form.at), headline=form.headline) for form in head.milestones
        ),
    )
    if problems := problems_of(chronology):
        raise ChronologyError(*problems)
    return chronology


def milestones() -> tuple[Milestone, ...]:
    """The moments at which a time-lapse of the bot's own chronology stops, oldest first."""
    return load_chronology().milestones


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
                    fix="see the fields in sandbox/newsroom/forms.py",
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
    published_at = _utc(form.at)
    bears_on = story.bears_on if form.bears_on is None else form.bears_on
    return Report(
        outlet=form.outlet,
        guid=form.guid or f"urn:newsroom:{form.outlet}:{slug}",
        title=form.title,
        summary=form.summary,
        published_at=published_at,
        path=form.path or f"/{form.outlet}/{published_at:%Y/%m}/{slug}",
        revisions=tuple(
            Revision(at=_utc(revision.at), title=revision.title, summary=revision.summary)
            for revision in form.revisions
        ),
        categories=form.categories,
        story=story.story,
        bears_on=tuple(
            Bearing(commitment=commitment, direction=direction)
            for commitment, direction in sorted(bears_on.items())
        ),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
