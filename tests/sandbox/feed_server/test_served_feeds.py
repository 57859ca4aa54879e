"""The feed server on a real socket: time-lapse, conditional requests, pages."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest
from ruamel.yaml import YAML

from sandbox.feed_server import FeedServer
from sandbox.feed_server.documents import RENDERERS
from sandbox.feed_server.publication import feed_path
from tests.sandbox.feed_server.conftest import Hand
from tests.sandbox.feed_server.feed_reading import read


class Alternates(HTMLParser):
    """Collects the feeds that a page names in its head."""

    def __init__(self) -> None:
        super().__init__()
        self.feeds: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") == "alternate":
            self.feeds.append((values["type"] or "", values["href"] or ""))


async def titles(client: httpx.AsyncClient, server: FeedServer, outlet_id: str) -> list[str]:
    answer = await client.get(server.feed(outlet_id).url)
    form = server.chronology.outlet(outlet_id).format
    return [item.title for item in read(answer.content, form, answer.headers["content-type"])]


async def test_it_listens_on_loopback_and_lists_all_feeds_but_one(server: FeedServer):
    assert server.base_url.startswith("http://127.0.0.1:")
    assert [feed.title for feed in server.feeds] == [
        "Harbour Wire",
        "Peninsula Courier",
        "Two Rivers Analysis",
        "Delegates' Bulletin",
        "Rotunda Notebook",
        "Causeway Mail",
    ]
    assert server.extra_feed.title == "Imjin Monitor"
    assert server.extra_feed not in server.feeds


async def test_every_feed_is_served_with_its_own_content_type(
    server: FeedServer, client: httpx.AsyncClient
):
    for outlet in server.chronology.outlets:
        answer = await client.get(feed_path(outlet))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == RENDERERS[outlet.format].content_type
        assert read(answer.content, outlet.format, answer.headers["content-type"])


async def test_a_time_lapse_adds_items_and_drops_the_oldest(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    before = await titles(client, server, "harbour-wire")
    hand.now = datetime(2018, 8, 2, 3, tzinfo=UTC)
    after = await titles(client, server, "harbour-wire")
    assert after[:2] == [
        "Pence receives war remains at Pearl Harbor",
        "US spy agencies see new missiles being built near Pyongyang",
    ]
    hand.now = datetime(2019, 3, 8, tzinfo=UTC)
    last = await titles(client, server, "harbour-wire")
    assert before[0] == "US transport plane brings 55 cases of war remains out of North Korea"
    assert len(last) == 15
    assert before[0] not in last


async def test_an_item_appears_at_its_very_moment(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    moment = datetime(2018, 8, 24, 17, 55, tzinfo=UTC)
    title = "Trump tells Pompeo not to go to North Korea"
    hand.now = moment - timedelta(seconds=1)
    assert title not in await titles(client, server, "harbour-wire")
    hand.now = moment
    assert (await titles(client, server, "harbour-wire"))[0] == title


async def test_a_revision_changes_the_title_under_the_same_guid_and_the_validators(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    url = server.feed("harbour-wire").url
    hand.now = datetime(2018, 7, 7, 9, tzinfo=UTC)
    first = await client.get(url)
    hand.now = datetime(2018, 7, 7, 15, 10, tzinfo=UTC)
    second = await client.get(url, headers={"If-None-Match": first.headers["etag"]})
    guid = "urn:outlet:harbour-wire:pompeo-july-visit"
    assert (first.text.count(guid), second.text.count(guid)) == (1, 1)
    assert "made headway" in first.text
    assert "made headway" not in second.text
    assert "gangster-like" in second.text
    assert second.headers["last-modified"] == "Sat, 07 Jul 2018 15:10:00 GMT"


@pytest.mark.parametrize("coding", ["gzip", "identity"])
async def test_the_etag_of_an_answer_brings_304_until_something_is_new(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand, coding: str
):
    url = server.feed("two-rivers").url
    asked = {"Accept-Encoding": coding}
    first = await client.get(url, headers=asked)
    again = asked | {"If-None-Match": first.headers["etag"]}
    second = await client.get(url, headers=again)
    assert (first.status_code, second.status_code) == (200, 304)
    assert second.content == b""
    for name in ("etag", "last-modified", "cache-control", "vary", "date"):
        assert second.headers[name] == first.headers[name]
    hand.now = datetime(2018, 8, 22, tzinfo=UTC)
    third = await client.get(url, headers=again)
    assert third.status_code == 200
    assert third.headers["etag"] != first.headers["etag"]


async def test_last_modified_of_an_answer_brings_304_until_something_is_new(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    url = server.feed("delegates-bulletin").url
    first = await client.get(url)
    again = {"If-Modified-Since": first.headers["last-modified"]}
    assert (await client.get(url, headers=again)).status_code == 304
    hand.now = datetime(2018, 8, 4, 6, tzinfo=UTC)
    assert (await client.get(url, headers=again)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": '"another"', "If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"},
    ],
)
async def test_a_condition_that_does_not_hold_brings_the_document(
    server: FeedServer, client: httpx.AsyncClient, headers: dict[str, str]
):
    answer = await client.get(server.feed("harbour-wire").url, headers=headers)
    assert answer.status_code == 200


async def test_a_weak_tag_in_a_list_is_recognized(server: FeedServer, client: httpx.AsyncClient):
    url = server.feed("harbour-wire").url
    etag = (await client.get(url)).headers["etag"]
    answer = await client.get(url, headers={"If-None-Match": f'"old", W/{etag}'})
    assert answer.status_code == 304


async def test_date_and_last_modified_are_the_feed_servers_own_time(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    answer = await client.get(server.feed("harbour-wire").url)
    assert parsedate_to_datetime(answer.headers["date"]) == hand.now
    assert parsedate_to_datetime(answer.headers["last-modified"]) <= hand.now
    assert answer.headers["cache-control"] == "max-age=300"


async def test_an_index_page_names_the_feed_for_discovery(
    server: FeedServer, client: httpx.AsyncClient
):
    for outlet in server.chronology.outlets:
        page = await client.get(f"/{outlet.id}/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        found = Alternates()
        found.feed(page.text)
        ((media_type, href),) = found.feeds
        assert media_type.startswith("application/")
        assert urljoin(str(page.url), href) == server.feed(outlet.id).url


async def test_every_link_of_a_feed_leads_to_its_article(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    hand.now = datetime(2018, 10, 22, tzinfo=UTC)
    for outlet in server.chronology.outlets:
        answer = await client.get(feed_path(outlet))
        for item in read(answer.content, outlet.format, answer.headers["content-type"]):
            page = await client.get(item.url)
            assert page.status_code == 200
            assert item.title.replace("&", "&amp;").replace("'", "&#x27;") in page.text


async def test_what_is_not_out_yet_or_does_not_exist_is_not_found(
    server: FeedServer, client: httpx.AsyncClient, hand: Hand
):
    path = "/harbour-wire/2018/08/pompeo-trip-cancelled"
    assert (await client.get(path)).status_code == 404
    hand.now = datetime(2018, 8, 24, 18, tzinfo=UTC)
    assert (await client.get(path)).status_code == 200
    missing = await client.get("/harbour-wire/2018/08/no-such-thing")
    assert missing.status_code == 404
    assert parsedate_to_datetime(missing.headers["date"]) == hand.now


async def test_only_reading_is_allowed(server: FeedServer, client: httpx.AsyncClient):
    assert (await client.head(server.feed("harbour-wire").url)).status_code == 200
    assert (await client.post(server.feed("harbour-wire").url)).status_code == 405


async def test_feeds_yaml_lists_what_feeds_lists(server: FeedServer):
    data = YAML(typ="safe", pure=True).load(server.feeds_yaml(every="5m"))
    assert data["defaults"] == {"every": "5m"}
    assert data["feeds"] == [
        {
            "url": feed.url,
            "title": feed.title,
            "category": feed.category,
            "language": feed.language,
        }
        for feed in server.feeds
    ]


async def test_the_port_is_free_again_after_the_context_ends(hand: Hand):
    async with FeedServer.start(clock=hand) as server:
        url = server.base_url
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)
