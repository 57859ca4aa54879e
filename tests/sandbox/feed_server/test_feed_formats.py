"""Each format says what the feed server means, whatever stands in a title."""

import json
from datetime import UTC, datetime, timedelta
from html import escape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.feed_server import Chronology, Outlet
from sandbox.feed_server.documents import CONTENT, RENDERERS, plain, rfc822
from sandbox.feed_server.model import FeedFormat
from sandbox.feed_server.publication import FEED_LENGTH, Channel, FeedEntry, channel_at
from tests.sandbox.feed_server.feed_reading import Seen, guids, read

SERVER = "http://127.0.0.1:8000"
MOMENT = datetime(2018, 7, 27, 3, 40, tzinfo=UTC)
XML_FORMATS = [form for form in FeedFormat if form is not FeedFormat.JSON]
HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(
        st.sampled_from(
            [
                "]]>",
                "<![CDATA[",
                "<content:encoded>section 0</content:encoded>",
                "section 0",
                "&amp;",
                "&",
                "<script>",
                "</title>",
                "<!channel>",
                '"',
                "'",
                "\x00",
                "\x0b",
                "\ud800",
                "\ufffe",
                "\r\n",
                "\u2028",
                "\U0001f54a",
                "Yŏngbyŏn",
                "%s{}",
            ]
        ),
        max_size=6,
    ).map("".join),
)


def expected_at(chronology: Chronology, outlet: Outlet, now: datetime) -> list[Seen]:
    """What a reader should see, worked out without the code under test."""
    out = [r for r in chronology.reports if r.outlet == outlet.id and r.published_at <= now]
    out.sort(key=lambda report: (report.published_at, report.guid), reverse=True)
    seen = []
    for report in out[:FEED_LENGTH]:
        title, summary = report.title, report.summary
        for revision in report.revisions:
            if revision.at <= now:
                title, summary = revision.title, revision.summary
        url = f"{SERVER}{report.path}"
        seen.append(Seen(title=title, summary=summary, url=url, published_at=report.published_at))
    return seen


def channel_of(form: FeedFormat, *texts: str) -> Channel:
    outlet = Outlet(
        id="hostile-gazette",
        title=texts[0],
        description=texts[0],
        format=form,
        category="press",
        time_zone="Asia/Singapore",
        zone_label="SGT",
    )
    entries = tuple(
        FeedEntry(
            guid=f"urn:outlet:hostile-gazette:{number}",
            url=f"{SERVER}/hostile-gazette/2018/07/{number}?a=1&b=2",
            title=text,
            summary=text,
            published_at=MOMENT,
            updated_at=MOMENT + timedelta(hours=number),
            categories=(text,) if text else (),
        )
        for number, text in enumerate(texts)
    )
    return Channel(
        outlet=outlet,
        home_url=f"{SERVER}/hostile-gazette/",
        feed_url=f"{SERVER}/hostile-gazette/feed",
        updated_at=MOMENT,
        entries=entries,
    )


def elements(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if element.tag.rpartition("}")[2] == name]


def test_every_format_parses_to_the_items_expected_at_every_milestone(chronology: Chronology):
    for milestone in chronology.milestones:
        for outlet in chronology.outlets:
            channel = channel_at(chronology, outlet, now=milestone.at, server=SERVER)
            renderer = RENDERERS[outlet.format]
            items = read(renderer.render(channel), outlet.format, renderer.content_type)
            assert items == expected_at(chronology, outlet, milestone.at), outlet.id


def test_guids_are_served_where_the_format_has_them(chronology: Chronology):
    now = chronology.closes
    for outlet in chronology.outlets:
        channel = channel_at(chronology, outlet, now=now, server=SERVER)
        served = guids(RENDERERS[outlet.format].render(channel), outlet.format)
        match outlet.format:
            case FeedFormat.RSS_OLD:
                assert served == []
            case FeedFormat.RDF:
                assert served == [entry.url for entry in channel.entries]
            case _:
                assert served == [entry.guid for entry in channel.entries]


@pytest.mark.parametrize("form", FeedFormat)
def test_an_empty_feed_is_a_document_without_items(form: FeedFormat, chronology: Chronology):
    (outlet,) = (outlet for outlet in chronology.outlets if outlet.format is form)
    before = chronology.opens - timedelta(days=1)
    channel = channel_at(chronology, outlet, now=before, server=SERVER)
    renderer = RENDERERS[form]
    assert channel.updated_at == chronology.opens
    assert read(renderer.render(channel), form, renderer.content_type) == []


@pytest.mark.parametrize("form", XML_FORMATS)
@given(texts=st.lists(HOSTILE, min_size=1, max_size=3))
def test_hostile_texts_leave_the_xml_well_formed_and_arrive_as_text(
    form: FeedFormat, texts: list[str]
):
    channel = channel_of(form, *texts)
    root = ET.fromstring(RENDERERS[form].render(channel))
    titles = [element.text or "" for element in elements(root, "title")]
    assert titles == [plain(texts[0]), *map(plain, texts)]
    assert len(elements(root, "item") + elements(root, "entry")) == len(texts)
    assert elements(root, "script") == []


@given(texts=st.lists(HOSTILE, min_size=1, max_size=3))
def test_content_encoded_arrives_as_escaped_html(texts: list[str]):
    document = RENDERERS[FeedFormat.RSS_FULL].render(channel_of(FeedFormat.RSS_FULL, *texts))
    bodies = [
        element.text or "" for element in ET.fromstring(document).iter(f"{{{CONTENT}}}encoded")
    ]
    assert document.count(b"<content:encoded><![CDATA[") == len(texts)
    for body, text in zip(bodies, texts, strict=True):
        assert body.startswith(f"<p>{escape(plain(text))}</p>")
        assert "?a=1&amp;b=2" in body


@given(texts=st.lists(HOSTILE, min_size=1, max_size=3))
def test_hostile_texts_arrive_in_json(texts: list[str]):
    feed = json.loads(RENDERERS[FeedFormat.JSON].render(channel_of(FeedFormat.JSON, *texts)))
    assert [item["title"] for item in feed["items"]] == [plain(text) for text in texts]
    assert feed["title"] == plain(texts[0])
    assert ["date_modified" in item for item in feed["items"]] == [
        number > 0 for number in range(len(texts))
    ]


@given(text=HOSTILE)
def test_plain_text_is_one_line_and_stays_as_it_is_when_made_plain_again(text: str):
    once = plain(text)
    assert plain(once) == once
    assert not set("\r\n\t\x00") & set(once)


def test_ampersands_are_entities_in_xml(chronology: Chronology):
    (courier,) = (o for o in chronology.outlets if o.format is FeedFormat.RSS_FULL)
    channel = channel_at(chronology, courier, now=chronology.milestones[0].at, server=SERVER)
    document = RENDERERS[courier.format].render(channel).decode()
    assert "Kim Jong-un &amp; Trump" in document
    assert "&lt;p&gt;New ties" in document
    assert "<![CDATA[<p>New ties" in document


def test_the_old_feed_says_its_encoding_and_its_zone_by_name():
    document = RENDERERS[FeedFormat.RSS_OLD].render(channel_of(FeedFormat.RSS_OLD, "£ and ŏ"))
    assert document.startswith(b'<?xml version="1.0" encoding="iso-8859-1"?>')
    assert b"\xa3 and &#335;" in document
    assert b"<pubDate>Fri, 27 Jul 2018 11:40:00 SGT</pubDate>" in document


def test_dates_carry_the_zone_of_the_outlet():
    assert rfc822(MOMENT, "Asia/Seoul") == "Fri, 27 Jul 2018 12:40:00 +0900"
    assert rfc822(MOMENT, "America/New_York") == "Thu, 26 Jul 2018 23:40:00 -0400"
