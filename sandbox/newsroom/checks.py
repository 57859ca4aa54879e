"""Rules that a chronology keeps, beyond the form of its files."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from bot.domain.errors import Problem
from sandbox.newsroom.model import Chronology, Outlet, Report


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
