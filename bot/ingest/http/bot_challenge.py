"""Pages that stand before a site to keep robots out, known by their title or by their markup.

Words alone prove nothing: an article may be about walls, and a site may load a wall's scripts on
each of its pages. So a wall is a small page: it shows next to no text beside its demand.
"""

import html
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from bot.domain.text import one_line, strip_tags

if TYPE_CHECKING:  # pages are looked at in the parser processes, which fetch nothing
    import httpx

MAX_PAGE: Final = 128 * 1024
"""A larger page is a page of the site."""
_DEMAND: Final = 2000
"""Characters of text that a wall shows at most."""
_SHORT_DEMAND: Final = 400

_WEB_PAGE: Final = re.compile(r"<(?:!doctype\s+html|html|head)[\s>]", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_TITLES: Final = tuple(
    (re.compile(title, re.IGNORECASE), name)
    for title, name in (
        (r"just a moment\.{3}", "Cloudflare"),
        (r"(attention required!|access denied|please wait\.{3}) \| .{0,100}cloudflare",
         "Cloudflare"),
        (r"pardon our interruption(\.{3})?", "Imperva"),
        (r"access to this page has been denied\.?", "HUMAN"),
        (r"making sure you(['’]|&#39;)re not a bot!?", "Anubis"),
        (r"ddos-guard", "DDoS-Guard"),
        (r"sucuri website firewall.{0,100}", "Sucuri"),
    )
)  # fmt: skip
_DENIED: Final = re.compile(r"access denied", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"\bReference #[0-9a-f.]{4}", re.IGNORECASE)
_MARKS: Final = tuple(
    (re.compile(mark, re.IGNORECASE), at_most, name)
    for mark, at_most, name in (
        (r"_cf_chl_opt|cf-challenge|challenge-platform/h/\w/orchestrate|cf-browser-verification",
         _DEMAND, "Cloudflare"),
        (r"enable javascript and cookies to continue", _DEMAND, "Cloudflare"),
        (r"captcha-delivery\.com", _DEMAND, "DataDome"),
        (r"px-captcha", _DEMAND, "HUMAN"),
        (r"\.within\.website/x/cmd/anubis|id=[\"']?anubis_", _DEMAND, "Anubis"),
        (r"/\.well-known/ddos-guard/|check\.ddos-guard\.net/", _DEMAND, "DDoS-Guard"),
        (r"sucuri_cloudproxy_js", _DEMAND, "Sucuri"),
        (r"window\.gokuprops", _DEMAND, "AWS WAF"),
        # These stand in pages of the site as well.
        (r"_incapsula_resource", _SHORT_DEMAND, "Imperva"),
        (r"\.awswaf\.com/", _SHORT_DEMAND, "AWS WAF"),
        (r"(class|id)=[\"']?h-captcha|hcaptcha\.com/1/api\.js", _SHORT_DEMAND, "hCaptcha"),
        (r"(class|id)=[\"']?cf-turnstile|challenges\.cloudflare\.com/turnstile", _SHORT_DEMAND,
         "Turnstile"),
    )
)  # fmt: skip

_HEADERS: Final = (
    ("cf-mitigated", "", "Cloudflare"),
    ("x-datadome", "", "DataDome"),
    ("server", "cloudflare", "Cloudflare"),
    ("server", "akamaighost", "Akamai"),
    ("server", "ddos-guard", "DDoS-Guard"),
    ("x-iinfo", "", "Imperva"),
    ("x-sucuri-id", "", "Sucuri"),
)
WALL_STATUS: Final = frozenset({401, 403, 405, 406, 429, 503})
"""Where a wall may have answered; only there is the page of a failure looked at."""


def wall_in_page(body: bytes) -> str | None:
    """The name of the wall whose page this is; None for any other document.

    >>> wall_in_page(b"<html><title>Just a moment...</title></html>")
    'Cloudflare'
    """
    page = body[: MAX_PAGE + 1].decode("utf-8", "replace")
    if len(body) > MAX_PAGE or not _WEB_PAGE.search(page[:4096]):
        return None
    shown = one_line(html.unescape(strip_tags(page)))
    if len(shown) > _DEMAND:
        return None
    title = _TITLE.search(page)
    return _by_title(one_line(title[1]) if title else "", shown) or _by_mark(page, shown)


def _by_title(title: str, shown: str) -> str | None:
    if _DENIED.fullmatch(title) and _REFERENCE.search(shown):
        return "Akamai"
    return next((name for form, name in _TITLES if form.fullmatch(title)), None)


def _by_mark(page: str, shown: str) -> str | None:
    """By what only the markup says; a page that shows a mark to its readers is about it."""
    for mark, at_most, name in _MARKS:
        if len(shown) <= at_most and mark.search(page) and not mark.search(shown):
            return name
    return None


def wall_in_headers(response: "httpx.Response") -> str | None:
    """The name of the wall that a refusal's headers give away; None when they do not."""
    if response.headers.get("x-amzn-waf-action", "").lower() in {"challenge", "captcha"}:
        return "AWS WAF"
    if response.status_code not in WALL_STATUS - {401, 406}:
        return None
    for header, value, name in _HEADERS:
        found = response.headers.get(header)
        # A server's name also stands over its own troubles; only a refusal is the wall's.
        strong = header != "server" or response.status_code == HTTPStatus.FORBIDDEN
        if found is not None and strong and value in found.lower():
            return name
    return None


def wall_sentence(name: str, status: int) -> str:
    """What stands there and what can be done, for the person who keeps the list."""
    seen = f"({status})" if status != HTTPStatus.OK else "and wants to see a human"
    return (
        f"a wall against robots ({name}) stands before the feed {seen}; ask the publisher to "
        "let feed readers in, or look for another feed of the site"
    )
