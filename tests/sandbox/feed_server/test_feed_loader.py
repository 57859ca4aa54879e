"""Another summit's chronology can be swapped in, and its faults are named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import NotFoundError
from sandbox.feed_server import ChronologyError, load_chronology

HEAD = """
opens: 2021-11-01T00:00Z
closes: 2021-11-30T00:00Z
outlets:
  - id: clyde-post
    title: Clyde Post
    description: News from the river.
    format: rss
    category: press
    kept_out: true
milestones:
  - {at: 2021-11-13T22:00Z, headline: The pact is adopted}
"""
STORIES = """
stories:
  - story: pact
    bears_on: {coal: progress, finance: setback}
    reports:
      - {outlet: clyde-post, at: 2021-11-13T21:00+01:00, title: Pact adopted, summary: After a day.}
      - outlet: clyde-post
        at: 2021-11-13T21:30Z
        slug: pact-finance
        title: "Finance: put off"
        summary: Next year.
        bears_on: {finance: setback}
        revisions:
          - {at: 2021-11-14T08:00Z, title: "Finance put off to 2022", summary: Next year.}
"""


def write(folder: Path, head: str = HEAD, stories: str = STORIES) -> Path:
    (folder / "outlets.yaml").write_text(head, encoding="utf-8")
    (folder / "november.yaml").write_text(stories, encoding="utf-8")
    return folder


def test_a_directory_of_another_summit_loads(tmp_path: Path):
    chronology = load_chronology(write(tmp_path))
    first, second = chronology.reports
    assert first.published_at == datetime(2021, 11, 13, 20, tzinfo=UTC)
    assert first.guid == "urn:outlet:clyde-post:pact"
    assert first.path == "/clyde-post/2021/11/pact"
    assert [(b.commitment, b.direction.value) for b in first.bears_on] == [
        ("coal", "progress"),
        ("finance", "setback"),
    ]
    assert [b.commitment for b in second.bears_on] == ["finance"]
    assert second.story == first.story
    assert second.revisions[0].title == "Finance put off to 2022"
    assert chronology.milestones[0].headline == "The pact is adopted"


def test_an_unknown_outlet_is_answered_with_those_there_are(tmp_path: Path):
    with pytest.raises(NotFoundError, match="clyde-post"):
        load_chronology(write(tmp_path)).outlet("forth-post")


@pytest.mark.parametrize(
    ("stories", "expected"),
    [
        (STORIES.replace("2021-11-13T21:30Z", "2021-12-13T21:30Z"), "outside the chronology"),
        (STORIES.replace("slug: pact-finance", "slug: pact"), "GUID 2 times"),
        (STORIES.replace("outlet: clyde-post\n", "outlet: forth-post\n"), "is not listed"),
        (STORIES.replace("2021-11-14T08:00Z", "2021-11-13T21:30Z"), "a revision is not later"),
        (STORIES.replace("slug: pact-finance", "path: /clyde-post/feed.xml"), "article addresses"),
        (STORIES.replace("slug: pact-finance", "path: /forth/2021/11/x"), "article addresses"),
        (STORIES.replace("2021-11-13T21:30Z", "2021-11-13T21:30"), "timezone"),
        (STORIES.replace("slug:", "slag:"), "slag"),
        (STORIES.replace("finance: setback}", "finance: sideways}"), "november.yaml, stories.0"),
        (STORIES.replace("Next year.", '""'), "summary"),
        ("stories: [", "is no YAML"),
        ("", "november.yaml, top"),
    ],
)
def test_a_wrong_story_file_is_refused_with_its_fault(tmp_path: Path, stories: str, expected: str):
    with pytest.raises(ChronologyError, match=expected):
        load_chronology(write(tmp_path, stories=stories))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD.replace("kept_out: true", "kept_out: false"), "0 are kept out"),
        (HEAD.replace("2021-11-13T22:00Z", "2022-11-13T22:00Z"), "milestone 'The pact"),
        (HEAD.replace("closes: 2021-11-30", "closes: 2021-10-30"), "is not before closes"),
        (HEAD.replace("format: rss", "format: gopher"), "outlets.0.format"),
        (HEAD.replace("category: press", "category: press\n    time_zone: Mars/Base"), "IANA"),
        (
            HEAD + "  - {at: 2021-11-12T22:00Z, headline: Too late}\n",
            "'Too late': is not after the one before",
        ),
    ],
)
def test_a_wrong_head_file_is_refused_with_its_fault(tmp_path: Path, head: str, expected: str):
    with pytest.raises(ChronologyError, match=expected):
        load_chronology(write(tmp_path, head=head))


def test_an_outlet_listed_twice_is_refused(tmp_path: Path):
    outlet = HEAD[HEAD.index("  - id") : HEAD.index("milestones")]
    twice = HEAD.replace("milestones", outlet.replace("true", "false") + "milestones")
    with pytest.raises(ChronologyError, match="is listed 2 times"):
        load_chronology(write(tmp_path, head=twice))


def test_a_directory_without_a_head_file_is_refused(tmp_path: Path):
    with pytest.raises(ChronologyError, match=r"outlets\.yaml: cannot be read"):
        load_chronology(tmp_path)


def test_all_problems_are_named_at_once(tmp_path: Path):
    stories = STORIES.replace("2021-11-13T21:30Z", "2021-12-13T21:30Z")
    with pytest.raises(ChronologyError) as caught:
        load_chronology(write(tmp_path, HEAD.replace("true", "false"), stories))
    assert len(caught.value.problems) >= 3
