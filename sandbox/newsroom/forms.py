"""The form of a chronology's YAML files, as pydantic models.

`HeadForm` is `newsroom.yaml`, `StoriesForm` each other file. Times carry an offset or `Z`.
"""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from bot.domain.evidence import Direction
from sandbox.newsroom.model import FeedFormat

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""A word for addresses: small letters, digits and single hyphens."""
Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n\t]+$", max_length=200)]
"""One line of plain text, a headline at most."""
Text = Annotated[str, StringConstraints(pattern=r"^[^\r\n\t]+$", max_length=600)]
"""One or two sentences of plain text."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no IANA time zone") from error
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""An IANA name such as `Asia/Seoul`."""


class Form(BaseModel):
    """A part of a file; a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class OutletForm(Form):
    """An outlet; see `model.Outlet`."""

    id: Slug
    title: Line
    description: Line
    format: FeedFormat
    category: Line
    language: Line = "en"
    time_zone: TimeZone = "UTC"
    zone_label: Line | None = None
    kept_out: bool = False


class MilestoneForm(Form):
    """A moment at which a time-lapse stops."""

    at: AwareDatetime
    headline: Line


class HeadForm(Form):
    """`newsroom.yaml`."""

    opens: AwareDatetime
    closes: AwareDatetime
    outlets: tuple[OutletForm, ...]
    milestones: tuple[MilestoneForm, ...] = ()


class RevisionForm(Form):
    """A later text of a report."""

    at: AwareDatetime
    title: Line
    summary: Text


class ReportForm(Form):
    """One outlet's report of a story.

    Attributes:
        slug: Last part of its address and of its GUID; the story's name when not given.
        guid: When it is not to be made from the slug.
        path: When it is not to be made from outlet, month and slug; may have a query.
        bears_on: When it differs from the story's.
    """

    outlet: Slug
    at: AwareDatetime
    title: Line
    summary: Text
    slug: Slug | None = None
    guid: Line | None = None
    path: Line | None = None
    categories: tuple[Line, ...] = ()
    revisions: tuple[RevisionForm, ...] = ()
    bears_on: dict[Slug, Direction] | None = None


class StoryForm(Form):
    """An event: its name, what it means for the commitments, and who reports it."""

    story: Slug
    bears_on: dict[Slug, Direction] = {}
    reports: tuple[ReportForm, ...]


class StoriesForm(Form):
    """A file of stories."""

    stories: tuple[StoryForm, ...]
