"""The chronology that comes with the bot keeps what its readers rely on."""

import re
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sandbox.feed_server import Chronology, Report
from sandbox.feed_server.loader import problems_of
from sandbox.feed_server.model import FeedFormat
from sandbox.feed_server.publication import FEED_LENGTH

PACK = Path(__file__).parents[3] / "commitments.yaml"


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def test_it_breaks_no_rule(chronology: Chronology):
    assert problems_of(chronology) == ()


def test_nothing_is_dated_outside_its_range(chronology: Chronology):
    moments = [
        moment
        for report in chronology.reports
        for moment in (report.published_at, *(revision.at for revision in report.revisions))
    ]
    assert chronology.opens <= min(moments)
    assert max(moments) <= chronology.closes


def test_guids_are_unique_within_each_outlet(chronology: Chronology):
    counts = Counter((report.outlet, report.guid) for report in chronology.reports)
    assert {key: count for key, count in counts.items() if count > 1} == {}


def test_reports_are_ordered_by_time(chronology: Chronology):
    assert all(a.published_at <= b.published_at for a, b in pairwise(chronology.reports))


def test_every_report_is_well_formed(chronology: Chronology):
    for report in chronology.reports:
        for title, summary in [
            (report.title, report.summary),
            *((revision.title, revision.summary) for revision in report.revisions),
        ]:
            assert 15 <= len(title) <= 110, report.guid
            assert 30 <= len(summary) <= 320, report.guid
            assert not title.endswith((".", " ")), report.guid
            assert summary.endswith((".", "?", "!")), report.guid
            assert title == " ".join(title.split()), report.guid
            assert summary == " ".join(summary.split()), report.guid
        assert report.categories, report.guid


def test_no_text_or_path_names_a_host(chronology: Chronology):
    for report in chronology.reports:
        everything = f"{report.title} {report.summary} {report.path} {report.guid}"
        assert "://" not in everything
        assert "www." not in everything


def test_every_commitment_of_the_default_pack_has_news_and_some_reports_bear_on_none(
    chronology: Chronology,
):
    named = {bearing.commitment for report in chronology.reports for bearing in report.bears_on}
    distractors = [report for report in chronology.reports if not report.bears_on]
    summits = YAML(typ="safe", pure=True).load(PACK.read_text(encoding="utf-8"))["summits"]
    assert named == {each["id"] for summit in summits for each in summit["commitments"]}
    assert 0.15 <= len(distractors) / len(chronology.reports) <= 0.25


def test_both_directions_occur_for_what_moved_both_ways(chronology: Chronology):
    directions = defaultdict(set)
    for report in chronology.reports:
        for bearing in report.bears_on:
            directions[bearing.commitment].add(bearing.direction.value)
    for commitment in ("denuclearization", "engine-test-site", "exercises", "follow-on-talks"):
        assert {"progress", "setback"} <= directions[commitment]


def test_many_stories_are_told_by_several_outlets_in_different_words(chronology: Chronology):
    by_story: dict[str, list[Report]] = defaultdict(list)
    for report in chronology.reports:
        by_story[report.story].append(report)
    shared = [
        reports for reports in by_story.values() if len({report.outlet for report in reports}) >= 2
    ]
    assert len(shared) >= 30
    for reports in shared:
        for a in reports:
            for b in reports:
                if a.outlet != b.outlet:
                    overlap = words(a.title) & words(b.title)
                    assert len(overlap) / len(words(a.title) | words(b.title)) < 0.6, a.guid


def test_one_report_is_published_again_under_a_tracking_address(chronology: Chronology):
    again = [report for report in chronology.reports if "utm_" in report.path]
    assert len(again) == 1
    (first,) = (
        report for report in chronology.reports if report.path == again[0].path.partition("?")[0]
    )
    assert (first.outlet, first.title) == (again[0].outlet, again[0].title)
    assert first.published_at < again[0].published_at


def test_some_reports_are_edited_later(chronology: Chronology):
    edited = [report for report in chronology.reports if report.revisions]
    assert len(edited) >= 4
    assert all(report.revisions[-1].title != report.title for report in edited)


def test_every_format_has_an_outlet(chronology: Chronology):
    assert {outlet.format for outlet in chronology.outlets} == set(FeedFormat)


@pytest.mark.parametrize("year_month", ["2018-06", "2018-09", "2018-12", "2019-03"])
def test_news_is_spread_over_the_whole_time(chronology: Chronology, year_month: str):
    months = Counter(f"{report.published_at:%Y-%m}" for report in chronology.reports)
    assert months[year_month] >= 15


def test_a_time_lapse_that_stops_at_the_milestones_misses_nothing(chronology: Chronology):
    stops = [chronology.opens, *(milestone.at for milestone in chronology.milestones)]
    for start, end in pairwise(stops):
        counts = Counter(
            report.outlet for report in chronology.reports if start < report.published_at <= end
        )
        assert max(counts.values()) <= FEED_LENGTH
        assert sum(counts.values()) >= 10


def test_milestones_are_about_ten_and_each_follows_news_of_its_day(chronology: Chronology):
    assert 9 <= len(chronology.milestones) <= 12
    for milestone in chronology.milestones:
        latest = max(r.published_at for r in chronology.reports if r.published_at <= milestone.at)
        assert (milestone.at - latest).total_seconds() < 24 * 3600
