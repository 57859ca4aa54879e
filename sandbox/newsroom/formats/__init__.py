"""Feed documents: one pure function a format, from a channel to bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sandbox.newsroom.formats.atom import render_atom, render_atom_xhtml
from sandbox.newsroom.formats.json_feed import render_json
from sandbox.newsroom.formats.rdf import render_rdf
from sandbox.newsroom.formats.rss import (
    OLD_ENCODING,
    render_rss,
    render_rss_full,
    render_rss_old,
)
from sandbox.newsroom.model import FeedFormat
from sandbox.newsroom.publication import Channel


@dataclass(frozen=True, kw_only=True, slots=True)
class Renderer:
    """How a format is written.

    Attributes:
        media_type: What the document is served as, without parameters.
        render: Gives the document's bytes.
        charset: What the bytes are in; None where the media type has no such parameter.
        link_type: What pages call it in `<link rel="alternate">`; None for the media type.
    """

    media_type: str
    render: Callable[[Channel], bytes]
    charset: str | None = "utf-8"
    link_type: str | None = None

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header field."""
        if self.charset is None:
            return self.media_type
        return f"{self.media_type}; charset={self.charset}"


RENDERERS: Mapping[FeedFormat, Renderer] = MappingProxyType(
    {
        FeedFormat.RSS: Renderer(media_type="application/rss+xml", render=render_rss),
        FeedFormat.RSS_FULL: Renderer(media_type="application/rss+xml", render=render_rss_full),
        FeedFormat.RSS_OLD: Renderer(
            media_type="text/xml",
            render=render_rss_old,
            charset=OLD_ENCODING,
            link_type="application/rss+xml",
        ),
        FeedFormat.ATOM: Renderer(media_type="application/atom+xml", render=render_atom),
        FeedFormat.ATOM_XHTML: Renderer(
            media_type="application/atom+xml", render=render_atom_xhtml
        ),
        FeedFormat.RDF: Renderer(media_type="application/rdf+xml", render=render_rdf),
        FeedFormat.JSON: Renderer(
            media_type="application/feed+json", render=render_json, charset=None
        ),
    }
)
"""The renderer of every format."""
