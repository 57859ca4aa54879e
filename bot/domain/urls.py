"""Which addresses may stand in a feed list: a check of the spelling, before any name is resolved.

Where the name leads is checked by `bot.ingest.http.ssrf` at the moment of connecting.
"""

import re
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

# MERGED host_names: International host names, in the ASCII that the network knows (UTS 46, IDNA
# 2008).


def ascii_host(host: str) -> str | None:
    """The host in punycode where it has letters beyond ASCII; None when it only looks like them.

    Full-width letters, circled digits, invisible characters and ideographic dots would become
    plain ASCII, perhaps an address: no name needs them, so they are refused.

    >>> ascii_host("통일부.한국"), ascii_host("example.org")
    ('xn--or3bp6pkqi.xn--3e0b707e', 'example.org')
    >>> ascii_host("１２７.0.0.1"), ascii_host("exam\u200bple.org")
    (None, None)
    """
    if host.isascii():
        return host
    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError:  # the base of IDNAError
        return None
    given, made = host.split("."), name.split(".")
    alike = len(given) == len(made) and all(
        new == old.lower() if old.isascii() else new.startswith("xn--")
        for old, new in zip(given, made, strict=True)
    )
    return name if alike else None


# MERGED links: Foreign links made safe to show: absolute, http or https, nothing in them that
# breaks out.


LINKS_MAX_LENGTH: Final = 2000
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
    if not link or len(link) > 4 * LINKS_MAX_LENGTH:
        return None
    if len(link) <= LINKS_MAX_LENGTH and PLAIN.fullmatch(link):
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
    return url if len(url) <= LINKS_MAX_LENGTH else None


def _is_host(host: str) -> bool:
    """Letters of any script, digits, dots and hyphens; colons for IPv6."""
    return all(c.isalnum() or c in ".-_:" or not c.isascii() for c in host)


MAX_LENGTH: Final = 2000
_LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0<>\"\\^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u206f]")


def url_problem(url: str) -> tuple[str, str] | None:
    """What is wrong with an address and how to mend it; None for a good one.

    The first reads on after the name of the key: "has no host".
    """
    if len(url) > MAX_LENGTH:
        return f"has {len(url):,} characters", f"use an address of at most {MAX_LENGTH:,}"
    if _FORBIDDEN.search(url):
        return "has blanks or characters that no address has", "copy the address anew"
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only to be checked
    except ValueError:
        return "is no address", "copy the address anew from the browser"
    return _scheme_problem(url, parts) or _host_problem(parts)


def _scheme_problem(url: str, parts: SplitResult) -> tuple[str, str] | None:
    if not parts.scheme and not parts.netloc:
        return "is no full address", f"write https://{url}" if "." in url else "begin with https://"
    if parts.scheme.lower() not in {"http", "https"}:
        return f"begins with {parts.scheme}:", "only http: and https: are read"
    return None


def _host_problem(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is not None or parts.password is not None:
        return (
            "carries a user name or password",
            "use an address without one; anybody who sees the list would see it",
        )
    if not parts.hostname:
        return "has no host", "write the whole address: https://example.org/feed.xml"
    if parts.port == 0:
        return "has the port 0", "leave the port out"
    if not _may_be_a_name(parts.hostname):
        return "has a host that cannot be", "copy the address anew from the browser"
    return None


def _may_be_a_name(host: str) -> bool:
    """Whether the lengths are those of a name (RFC 1035, 2.3.4); an IP address passes too."""
    name = (ascii_host(host) or host).removesuffix(".")
    labels = name.split(".")
    return len(name) <= _LONGEST_NAME and all(0 < len(one) <= _LONGEST_LABEL for one in labels)


def same_feed_key(url: str) -> str:
    """A text that is equal for addresses which are the same feed: for finding duplicates.

    Scheme, case and script of the host, default port, fragment, and steps such as `/a/../` in the
    path (RFC 3986, 5.2.4) do not matter; all else does.
    What is no address is equal to itself alone.

    >>> same_feed_key("HTTP://Example.org:80/a#x") == same_feed_key("https://example.org/b/../a")
    True
    """
    try:
        parts = urlsplit(url)
        return f"{_host_and_port(parts)}{_straight(parts.path) or '/'}?{parts.query}"
    except ValueError:
        return url


def _straight(path: str) -> str:
    """The path without the steps that lead back."""
    if "/." not in path or path.startswith("//"):  # which would begin a host
        return path
    return urlsplit(urljoin("http://host/", path)).path


def host_of(url: str) -> str:
    """The host of an address in ASCII and lower case, whatever its port: it is one machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return ascii_host(host) or host


def _host_and_port(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    host = ascii_host(host) or host
    port = parts.port
    return host if port in {None, 80, 443} else f"{host}:{port}"


def in_ascii(url: str) -> str:
    """The address with its host in ASCII; unchanged when it is, or when that cannot be."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = ascii_host(host)
    if host.isascii() or name is None:
        return url
    port = "" if parts.port is None else f":{parts.port}"
    return parts._replace(netloc=f"{name}{port}").geturl()
