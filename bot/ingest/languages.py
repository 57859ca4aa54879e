"""Language tags of foreign documents."""

import re

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def language_tag(text: str | None) -> str | None:
    """The tag in the usual spelling of BCP 47 (`en`, `pt-BR`, `zh-Hant`); None when it is none.

    >>> language_tag("EN_us"), language_tag("klingonish tongue")
    ('en-US', None)
    """
    text = (text or "").strip().replace("_", "-")
    if not _TAG.fullmatch(text) or text.lower() in {"und", "mul", "zxx", "mis"}:
        return None
    first, *rest = text.split("-")
    return "-".join((first.lower(), *map(_subtag, rest)))


def _subtag(text: str) -> str:
    """Region in capitals, script with a capital, all else small (RFC 5646, 2.1.1)."""
    if len(text) == len("US"):
        return text.upper()
    return text.title() if len(text) == len("Hant") and text.isalpha() else text.lower()
