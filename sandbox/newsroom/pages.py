"""The newsroom's HTML: a front page, an index page an outlet, a page a report."""

from html import escape

from sandbox.newsroom.formats import RENDERERS
from sandbox.newsroom.model import Chronology, Outlet
from sandbox.newsroom.publication import Channel, FeedEntry, feed_path, home_path


def front_page(chronology: Chronology) -> str:
    """Links to all outlets."""
    items = "\n".join(
        f'<li><a href="{home_path(outlet)}">{escape(outlet.title)}</a>: '
        f"{escape(outlet.description)}</li>"
        for outlet in chronology.outlets
    )
    return _page("Pretend newsroom", f"<h1>Pretend newsroom</h1>\n<ul>\n{items}\n</ul>")


def index_page(channel: Channel) -> str:
    """An outlet's page as admins paste it: its feed is only told in `<link rel="alternate">`."""
    outlet = channel.outlet
    items = "\n".join(
        f'<li><a href="{escape(entry.url)}">{escape(entry.title)}</a></li>'
        for entry in channel.entries
    )
    head = f"<h1>{escape(outlet.title)}</h1>\n<p>{escape(outlet.description)}</p>"
    body = f"{head}\n<ul>\n{items}\n</ul>"
    return _page(outlet.title, body, outlet=outlet)


def article_page(outlet: Outlet, entry: FeedEntry) -> str:
    """A report to read."""
    body = (
        f"<article>\n<h1>{escape(entry.title)}</h1>\n"
        f'<p><time datetime="{entry.published_at.isoformat()}">'
        f"{entry.published_at:%d %B %Y, %H:%M} UTC</time></p>\n"
        f"<p>{escape(entry.summary)}</p>\n</article>\n"
        f'<p><a href="{home_path(outlet)}">{escape(outlet.title)}</a></p>'
    )
    return _page(f"{entry.title} | {outlet.title}", body, outlet=outlet)


def _page(title: str, body: str, outlet: Outlet | None = None) -> str:
    language = "en" if outlet is None else outlet.language
    feed = "" if outlet is None else _feed_link(outlet)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n{feed}</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _feed_link(outlet: Outlet) -> str:
    """Relative, as most sites have it, so that discovery has to resolve it."""
    renderer = RENDERERS[outlet.format]
    media_type = renderer.link_type or renderer.media_type
    return (
        f'<link rel="alternate" type="{media_type}" title="{escape(outlet.title)}" '
        f'href="{feed_path(outlet)}">\n'
    )
