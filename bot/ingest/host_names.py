"""International host names, in the ASCII that the network knows (UTS 46, IDNA 2008)."""

import idna


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
