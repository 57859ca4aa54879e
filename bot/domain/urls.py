"""Addresses of feeds and items: which may be listed, which are the same, and how they are written.

Host names beyond ASCII follow one rule everywhere, UTS 46 with IDNA 2008: `faß.de` and `fass.de`
are two hosts. Where a name leads is checked by `bot.ingest.http.ssrf` on connecting.
"""

import difflib
import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

import idna

MAX_LENGTH: Final = 2000
_WEB: Final = frozenset({"http", "https"})
_USUAL_PORTS: Final = frozenset({None, 80, 443})
# The lengths of a name and its labels (RFC 1035, 2.3.4); an IP address passes too.
_HOST: Final = re.compile(r"(?=.{1,253}\.?\Z)[^.]{1,63}(?:\.[^.]{1,63})*\.?")
_INVISIBLE: Final = r"\u200b-\u200f\u2028-\u202e\u2060-\u206f"
# `feed:` before an address, which tells a browser to hand it to a feed reader.
_FOR_READERS: Final = re.compile(
    r"\Afeed:(?:(?://)?(?=https?:)|(?P<bare>/*+)(?![a-z][a-z0-9+.-]*:[^0-9]))", re.IGNORECASE
)
_AFTER_HOST: Final = re.compile(r"\A([a-z][a-z0-9+.-]*://[^/?#]*)(.*)", re.DOTALL | re.IGNORECASE)
_ENCODED: Final = str.maketrans({character: f"%{ord(character):02X}" for character in ' "<>^`{|}'})
_HIDDEN: Final = re.compile(rf"[\xa0{_INVISIBLE}]")
_CURLY: Final = "“”„‟‘’‚‛«»‹›"
_BRACKETS: Final = '<>"`'
_USUAL: Final = re.compile(r"https?://[^/]", re.IGNORECASE)
# What stands before a host: letters that may mean http or https, and something like `://`.
_BEGINNING: Final = re.compile(r"(?P<scheme>[A-Za-z]{3,7})(?P<mark>[:;.,]?[/\\]+|:)(?P<rest>.+)")
_FORBIDDEN: Final = re.compile(rf"[\x00-\x20\x7f-\xa0<>\"\\^`{{|}}{_INVISIBLE}]")
_REMOVED: Final = re.compile(rf"[\x00-\x20\x7f{_INVISIBLE}\ufeff]")
_SAFE: Final = "%/:?#[]@!$&'()*+,;=-._~"
_IN_NAMES: Final = "!$&'()*+,;=:@-._~"  # what needs no encoding in a path (RFC 3986, 3.3)
_NAME: Final = r"[\w.~!$&'()*+,=:@%-]"
# Addresses that need no cleaning, as most do: every part is what it is, and none is empty.
PLAIN: Final = re.compile(
    rf"https?://(?P<host>[a-z0-9.-]+)"
    rf"(?P<path>(?:/{_NAME}+)*/?)(?:\?(?P<query>{_NAME}+))?(?:#(?P<fragment>{_NAME}+))?",
    re.ASCII,
)
_AMPERSAND: Final = re.compile(r"&(?:(?:amp|#0{0,3}38);)+", re.IGNORECASE)
_NO_LINK: Final = re.compile(
    r"n/?\.?a\.?|none|null|nil|nan|undefined|0|#|[-–—]+|(?:https?:)?/{2,}|https?:", re.IGNORECASE
)
_HALF_A_SCHEME: Final = re.compile(r"^(https?)(?::/?|//)(?=[\w-]+\.[\w-])", re.IGNORECASE)
_HOST_FIRST: Final = re.compile(r"(?P<www>www\.)?[\w-]+(?:\.[\w-]+)+(?=[:/?#]|\Z)", re.IGNORECASE)
_WWW: Final = re.compile(r"^(www[0-9]?|m|amp)\.(?=[^.]+\.)")
_SHARED_QUERY: Final = re.compile(r"[\w.~%+-]+=[^&]*")
_TRACKING_PREFIXES: Final = (
    "utm_", "mtm_", "pk_", "piwik_", "hsa_", "at_campaign", "at_medium",
)  # fmt: skip
_ROUTES: Final = ("/", "!")  # what a fragment begins with that is the address of a page
_TRACKING: Final = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "wbraid", "gbraid", "msclkid", "yclid", "twclid",
    "ttclid", "igshid", "igsh", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "oly_anon_id",
    "oly_enc_id", "vero_id", "wickedid", "soc_src", "soc_trk", "ns_mchannel", "ns_source",
    "ns_campaign", "ns_linkname", "ns_fee", "cmpid", "cmp", "ocid", "xtor", "smid", "ftag",
    "_ga", "_gl", "sr_share", "taid", "sref", "srnd", "guccounter", "spm", "ref_src", "ref_url",
    "ito", "cid_source", "wt.mc_id", "wt_mc", "s_cid", "icid", "feedtype", "feedname", "sh_kit",
})  # fmt: skip


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


def host_of(url: str) -> str:
    """The host of an address in ASCII and lower case, whatever its port: it is one machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return ascii_host(host) or host


def in_ascii(url: str) -> str:
    """The address with its host in ASCII; unchanged when it is, or when that cannot be."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = ascii_host(host)
    if host.isascii() or name is None:
        return url
    port = "" if parts.port is None else f":{parts.port}"
    return parts._replace(netloc=f"{name}{port}").geturl()


def web_address(text: str) -> str:
    """The address that a browser asks for, when it is given this one.

    Blanks, bars, braces and quotes after the host are percent-encoded, those around it fall away,
    and `feed:` does too: `feed://` stands for http. What else is wrong stays: see `url_problem`.

    >>> web_address("https://example.org/a b?only=x|y"), web_address("feed://example.org/rss")
    ('https://example.org/a%20b?only=x%7Cy', 'http://example.org/rss')
    """
    text = text.strip(" ")
    text = _FOR_READERS.sub(lambda m: "" if m["bare"] is None else "http://", text)
    return _AFTER_HOST.sub(lambda m: m[1] + m[2].translate(_ENCODED), text)


def url_problem(url: str) -> tuple[str, str] | None:
    """What is wrong with a feed's address and how to fix it; None for one that browsers take.

    A blank is wrong: in a list it mostly begins something else. Where a person or a server gives an
    address and nothing else, `web_address` comes first.

    The first reads on after the name of the key: "has no host".
    """
    if len(url) > MAX_LENGTH:
        return f"has {len(url):,} characters", f"use an address of at most {MAX_LENGTH:,}"
    if (not _USUAL.match(url) or url[-1] in _CURLY + _BRACKETS) and (slip := _mistyped(url)):
        return slip
    if hidden := _HIDDEN.search(url):
        return f"has an invisible character (U+{ord(hidden[0]):04X})", "delete it, or type it anew"
    has_blank, url = " " in url, web_address(url)
    if has_blank or _FORBIDDEN.search(url):
        return "has blanks or characters that no address has", "copy the address anew"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address", "copy the address anew from the browser"
    host = parts.hostname or ""
    has_login = parts.username is not None or parts.password is not None
    begin = f"write https://{url.lstrip('/')}" if "." in url else "begin with https://"
    checks = (
        (not parts.scheme, "is no full address", begin),
        (parts.scheme.lower() not in _WEB, f"begins with {parts.scheme}:",
         "only http: and https: are read"),
        (has_login, "carries a user name or password",
         "use an address without one: the list shows it to all who read it"),
        (not host, "has no host",
         "write the whole address: https://example.org/feed.xml"),
        (host.lower() in _WEB, f"begins with {parts.scheme}:// twice", "delete one of them"),
        (port == 0, "has the port 0", "leave the port out"),
        (not _HOST.fullmatch(ascii_host(host) or host), "has a host that cannot be",
         "copy the address anew from the browser"),
    )  # fmt: skip
    return next(((what, fix) for wrong, what, fix in checks if wrong), None)


def _mistyped(url: str) -> tuple[str, str] | None:
    """What is mistyped around an address or in its `https://`, if anything is."""
    if (bare := url.strip(_CURLY + _BRACKETS)) != url:
        kind = "curly quotes" if url[0] in _CURLY or url[-1] in _CURLY else "quotes or brackets"
        return f"has {kind} around it", f"write {'it without' if url_problem(bare) else bare}"
    found = _BEGINNING.match(url)
    if not found or (found["mark"] == "://" and found["scheme"].lower() in _WEB):
        return None
    typed, mark, rest = found["scheme"], found["mark"], found["rest"]
    near = difflib.get_close_matches(typed.lower(), sorted(_WEB), n=1, cutoff=0.8)
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not near or "." not in host or _FORBIDDEN.search(rest):
        return None
    if typed.lower() != near[0]:
        what = f"begins with {typed}, a misspelling of {near[0]}"
    elif ":" not in mark:
        what = f"lacks the colon after {near[0]}"
    elif "\\" in mark:
        what = f"has backslashes after {near[0]}:"
    else:
        what = f"has {mark.count('/') or 'no'} slashes after {near[0]}: in place of two"
    return what.replace(
        "1 slashes", "1 slash"
    ), f"write {near[0]}://{'...' if '@' in host else rest}"


def clean_link(link: str | None, *, base: str = "") -> str | None:
    """The link as an absolute http or https address; None when it is none, or too long.

    Relative ones are resolved against `base`, and so are those that begin with its host or `www.`
    instead of a scheme. What people and programs write for "none" is none. Credentials are dropped.
    Blanks, controls, angle brackets, quotes, bars, braces and backslashes are removed or
    percent-encoded, so that the address cannot end early in any markup it is put into.
    """
    link = (link or "").strip()
    if not link or len(link) > 4 * MAX_LENGTH:
        return None
    if len(link) <= MAX_LENGTH and PLAIN.fullmatch(link):
        return link
    link = _AMPERSAND.sub("&", re.sub(r"[\t\r\n]", "", link))
    if _NO_LINK.fullmatch(link):
        return None
    link = _HALF_A_SCHEME.sub(r"\1://", link)
    begin = _HOST_FIRST.match(link)
    if begin and (begin["www"] or _site_of(begin[0]) == _site_of(urlsplit(base).hostname or "")):
        link = f"//{link}"
    try:
        parts = urlsplit(urljoin(base or "http:", link))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    # Letters of any script, digits, dots and hyphens; colons for IPv6.
    is_host = host and all(c.isalnum() or c in ".-_:" or not c.isascii() for c in host)
    if parts.scheme not in _WEB or not is_host:
        return None
    host = ascii_host(host) or host
    host = f"[{host}]" if ":" in host else host
    netloc = host if port is None else f"{host}:{port}"
    url = parts._replace(netloc=netloc).geturl()
    url = quote(_REMOVED.sub(lambda m: "%20" if m[0] == " " else "", url), safe=_SAFE)
    return url if len(url) <= MAX_LENGTH else None


def _site_of(host: str) -> str:
    """The last two labels, which the hosts of one site share."""
    return ".".join(host.lower().split(".")[-2:])


def same_feed_key(url: str) -> str:
    """A text that is equal for addresses which are the same feed: for finding duplicates.

    Scheme, case and script of the host, default port, fragment, and steps such as `/a/../` in the
    path (RFC 3986, 5.2.4) do not matter; all else does.
    What is no address is equal to itself alone.

    >>> same_feed_key("HTTP://Example.org:80/a#x") == same_feed_key("https://example.org/b/../a")
    True
    """
    url = web_address(url)
    try:
        parts = urlsplit(url)
        port, path = parts.port, parts.path
        if "/." in path and not path.startswith("//"):  # which would begin a host
            path = urlsplit(urljoin("http://host/", path)).path
    except ValueError:
        return url
    host = (parts.hostname or "").rstrip(".")
    host = ascii_host(host) or host
    return f"{host}{'' if port in _USUAL_PORTS else f':{port}'}{path or '/'}?{parts.query}"


def canonical_url(url: str) -> str | None:
    """The address for comparison only: equal for addresses that are the same article.

    Left out are scheme, `www.`, `m.` and `amp.` before the host, default port, credentials,
    trailing slash, parameters that only track readers, and the fragment unless it is the route of
    a page made in the browser (`#/news/7`, `#!news`); parameters are sorted and percent-encoding
    is made uniform. None when it is no address of a host.

    >>> canonical_url("http://www.Example.org/a/?utm_source=x&id=7#top")
    'example.org/a?id=7'
    """
    parts = _parts(url.strip())
    if parts is None or not (name := parts[0].rstrip(".")):
        return None
    _, port, path, query, fragment = parts
    host = f"{_WWW.sub('', ascii_host(name) or name)}{port}"
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    if "%" in path or not path.isascii():
        # `%7E` and `~`, `é` and `%C3%A9` become equal; an encoded slash stays encoded.
        names = (unquote(name, errors="surrogateescape") for name in path.split("/"))
        path = "/".join(quote(name, safe=_IN_NAMES, errors="surrogateescape") for name in names)
    query = _without_tracking(query)
    query = f"?{query}" if query else ""
    route = f"#{fragment}" if fragment.startswith(_ROUTES) else ""
    return f"{host}{path}{query}{route}"


def guid_address(guid: str) -> str | None:
    """An address that serves as an id, without scheme and `www.`, since sites move to https.

    None when it is no address. The fragment stays: RSS items may differ in nothing else.
    """
    if not guid[:8].lower().startswith(("http://", "https://")):
        return None
    parts = _parts(guid)
    if parts is None or not parts[0]:
        return None
    host, port, path, query, fragment = parts
    query = f"?{query}" if query else ""
    fragment = f"#{fragment}" if fragment else ""
    return f"{_WWW.sub('', host)}{port}{path}{query}{fragment}"


def _parts(url: str) -> tuple[str, str, str, str, str] | None:
    """Host, port (with its colon, empty for the usual ones), path, query, fragment, if any."""
    if plain := PLAIN.fullmatch(url):
        host, path, query, fragment = plain.groups("")
        return host, "", path, query, fragment
    try:
        parts = urlsplit(url)
        port = "" if parts.port in _USUAL_PORTS else f":{parts.port}"
    except ValueError:
        return None
    return parts.hostname or "", port, parts.path, parts.query, parts.fragment


def _without_tracking(query: str) -> str:
    """Sorted parameters; a query that is empty, or not made of name=value, stays as it is."""
    if not _SHARED_QUERY.match(query):
        return query
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        return query
    names = ((name.lower(), (name, value)) for name, value in pairs)
    return urlencode(sorted(
        pair for name, pair in names
        if name not in _TRACKING and not name.startswith(_TRACKING_PREFIXES)
    ))  # fmt: skip
