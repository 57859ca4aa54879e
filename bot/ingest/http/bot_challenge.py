"""Bot challenges: pages before a site that keep robots out, known by their title or their markup.

Words alone prove nothing: an article may be about challenges, and a site may load the scripts of
one on each of its pages. So a challenge is a small page that shows next to no text beside it.
"""

import html
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from bot.domain.text import one_line, strip_tags

# A larger page is a page of the site.
MAX_PAGE: Final = 128 * 1024
# Characters of text that a challenge shows at most.
_DEMAND: Final = 2000
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
# Where a challenge may have answered; only there is the page of a failure read.
CHALLENGE_STATUS: Final = frozenset({401, 403, 405, 406, 429, 503})


def challenge_in_page(body: bytes) -> str | None:
    """The name of the guard whose challenge this page is; None for any other document.

    >>> challenge_in_page(b"<html><title>Just a moment...</title></html>")
    'Cloudflare'
    """
    page = body[: MAX_PAGE + 1].decode("utf-8", "replace")
    if len(body) > MAX_PAGE or not _WEB_PAGE.search(page[:4096]):
        return None
    shown = one_line(html.unescape(strip_tags(page)))
    if len(shown) > _DEMAND:
        return None
    found = _TITLE.search(page)
    title = one_line(found[1]) if found else ""
    if _DENIED.fullmatch(title) and _REFERENCE.search(shown):
        return "Akamai"
    by_title = next((name for form, name in _TITLES if form.fullmatch(title)), None)
    if by_title is not None:
        return by_title
    for mark, at_most, name in _MARKS:
        # A page that shows a mark to its readers is about challenges.
        if len(shown) <= at_most and mark.search(page) and not mark.search(shown):
            return name
    return None


def challenge_in_headers(status: int, headers: Mapping[str, str]) -> str | None:
    """The name of the guard that a refusal's headers give away; None when they do not."""
    if headers.get("x-amzn-waf-action", "").lower() in {"challenge", "captcha"}:
        return "AWS WAF"
    if status not in CHALLENGE_STATUS - {401, 406}:
        return None
    for header, value, name in _HEADERS:
        found = headers.get(header)
        # A server's name also stands over its own troubles; only a refusal is the guard's.
        strong = header != "server" or status == HTTPStatus.FORBIDDEN
        if found is not None and strong and value in found.lower():
            return name
    return None


def challenge_sentence(name: str, status: int) -> str:
    """What stands there and what can be done, for the admin."""
    seen = f"({status})" if status != HTTPStatus.OK else "and wants to see a human"
    return (
        f"a bot challenge ({name}) stands before the feed {seen}; ask the publisher to let feed "
        "readers in, or look for another feed of the site"
    )
