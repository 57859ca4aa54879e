"""Foreign links made safe to show: absolute, http or https, nothing in them that breaks out."""

import re
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from bot.ingest.host_names import ascii_host

MAX_LENGTH: Final = 2000
_REMOVED = re.compile(r"[\x00-\x20\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SAFE: Final = "%/:?#[]@!$&'()*+,;=-._~"
_NAME = r"[\w.~!$&'()*+,=:@%-]"
PLAIN: Final = re.compile(
    rf"https?://(?P<host>[a-z0-9.-]+)"
    rf"(?P<path>(?:/{_NAME}+)*/?)(?:\?(?P<query>{_NAME}+))?(?:#(?P<fragment>{_NAME}+))?",
    re.ASCII,
)
"""Addresses that need no reading, as most do: every part is what it is, and nothing is empty."""


def clean_link(link: str | None, *, base: str = "") -> str | None:
    """The link as an absolute http or https address; None when it is none, or too long.

    Relative ones are resolved against `base`. Credentials are dropped. Blanks, controls, angle
    brackets, quotes, bars, braces and backslashes are removed or percent-encoded, so that the
    address cannot end early in any markup it is put into.
    """
    link = (link or "").strip()
    if not link or len(link) > 4 * MAX_LENGTH:
        return None
    if len(link) <= MAX_LENGTH and PLAIN.fullmatch(link):
        return link
    try:
        parts = urlsplit(urljoin(base, re.sub(r"[\t\r\n]", "", link)))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or not _is_host(host):
        return None
    host = ascii_host(host) or host
    host = f"[{host}]" if ":" in host else host
    netloc = host if port is None else f"{host}:{port}"
    url = parts._replace(netloc=netloc).geturl()
    url = quote(_REMOVED.sub(lambda m: "%20" if m[0] == " " else "", url), safe=_SAFE)
    return url if len(url) <= MAX_LENGTH else None


def _is_host(host: str) -> bool:
    """Letters of any script, digits, dots and hyphens; colons for IPv6."""
    return all(c.isalnum() or c in ".-_:" or not c.isascii() for c in host)
