"""Which feeds a web page points at; pure."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from bot.ingest.links import clean_link
from bot.ingest.text import one_line, shorten

_MAX_BYTES: Final = 512 * 1024
_MAX_LINKS: Final = 20
_FEED_TYPES: Final = frozenset({
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
    "application/json", "application/xml", "text/xml",
})  # fmt: skip
_USUAL_PATHS: Final = (
    "feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json",
    "feeds/posts/default",
)  # fmt: skip
_FEED_WORDS: Final = ("rss", "atom", "feed", ".xml", ".rdf")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLink:
    """A feed that a page points at, not yet looked at; `title` is empty when it gives none."""

    url: str
    title: str


def feed_links(page: bytes, *, url: str) -> tuple[FeedLink, ...]:
    """The feeds that a page names in `<link rel="alternate">`, else in links that look like feeds.

    At most 20, in the order of the page, feeds of comments last.
    """
    reader = _PageReader(url)
    reader.feed(page[:_MAX_BYTES].decode("utf-8", "replace"))
    found = reader.alternates or reader.anchors
    unique = {link.url: link for link in reversed(found)}
    links = [unique[u] for u in dict.fromkeys(link.url for link in found)]
    return tuple(sorted(links, key=_is_comments)[:_MAX_LINKS])


def usual_places(url: str) -> tuple[str, ...]:
    """Where sites usually keep a feed: below the page itself, then at the top of the site."""
    page = url.partition("?")[0].partition("#")[0].rstrip("/") + "/"
    places = (urljoin(base, path) for base in (page, urljoin(url, "/")) for path in _USUAL_PATHS)
    return tuple(dict.fromkeys(places))


def _is_comments(link: FeedLink) -> bool:
    return "comment" in f"{link.url} {link.title}".lower()


class _PageReader(HTMLParser):
    """Gathers links; broken markup is read as far as it goes."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.alternates: list[FeedLink] = []
        self.anchors: list[FeedLink] = []

    def parse_html_declaration(self, i: int) -> int:
        """What begins with `<!`; `<![` is a comment up to `>`, as browsers read it.

        The standard parser raises AssertionError on most of what may follow there.
        """
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and (base := clean_link(values.get("href"), base=self._base)):
            self._base = base
        elif tag == "link" and "alternate" in values.get("rel", "").lower().split():
            kind = values.get("type", "").partition(";")[0].strip().lower()
            if kind in _FEED_TYPES:
                self._add(self.alternates, values)
        elif tag == "a" and any(word in values.get("href", "").lower() for word in _FEED_WORDS):
            self._add(self.anchors, values)

    def _add(self, links: list[FeedLink], values: dict[str, str]) -> None:
        link = clean_link(values.get("href"), base=self._base)
        if link and len(links) < 10 * _MAX_LINKS:
            title = shorten(one_line(values.get("title", "")), 200)
            links.append(FeedLink(url=link, title=title))
