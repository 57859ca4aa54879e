"""What is wrong with a YAML file, in the words of a person who has it open.

The parser stops where it can read no further, often lines behind the fault: a quote that is never
closed takes everything up to the next quote, and a key without a blank behind its colon is a text
that goes on below. So each sentence here is found by looking from there back to the fault.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.tokens import ScalarToken

from bot.domain.errors import Problem

Fault = tuple[int, str, str]  # its line from 1, what is wrong, and how to fix it

# Blanks that look like a space and are none to YAML; editors and web pages bring them along.
_ODD: Final = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
_ODD_INDENT: Final = re.compile(
    rf" {{0,200}}(?:- {{0,20}}){{0,9}}(?:[\w-]{{1,40}}:)?(?P<odd>[{_ODD}])"
)
_CURLY: Final = "“”„‟‘’‚‛«»"
# `- key: value`, as far as the colon and what must stand behind it.
_KEY: Final = re.compile(r"\s*(?:- +)*(?P<key>[\"']?[A-Za-z][\w.-]*[\"']?):(?=\s|$)")
_KEY_ALONE: Final = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z][\w-]*):(?P<value>(?!//)[^\s:].*)")
_DASH_ALONE: Final = re.compile(r"\s*-(?P<value>[^\s-].*)")
_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # by which the parser counts lines
# What git leaves in a file where two people changed the same lines.
_MERGE_MARKER = re.compile(r"^(?:<{7}|>{7})(?: .*)?\r?$", re.MULTILINE)
_LOOKED_BACK: Final = 50  # lines; a plain text that goes on longer than that is no slip
_CLOSE: Final = "close it at the end of its text, and double a quote that belongs to the text"
_LINE_UP: Final = "line the key up with the other keys of the same group"
# What the parser says, and the same for a person, where the fault is where the parser stops.
_SYNTAX: Final = (
    ("expected <block end>", "the indentation does not fit the lines above", _LINE_UP),
    (
        "sequence entries are not allowed here",
        "a dash stands behind other text in its line",
        "begin each entry of a list in a line of its own",
    ),
    (
        "unknown escape character",
        "a backslash between double quotes begins a code such as \\n, and this is none",
        "put the text between single quotes, or double the backslash",
    ),
    (
        "cannot start any token",
        "a text begins with a character that means something to YAML (@, ` or %)",
        "put the text in quotes",
    ),
    (
        "found another document",
        "a second document begins here (`---`)",
        "keep everything in one document",
    ),
)


def shorten(text: str, length: int = 40) -> str:
    """`text` on one line, printable, cut to `length` characters."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= length else line[: length - 1] + "…"


def no_blank_after(key: str, value: str) -> tuple[str, str]:
    """What is wrong where a value follows the colon of its key at once, and how to fix it."""
    what = f"a blank is missing after `{key}:`, so that this is one text"
    return what, f"write {key}: {shorten(value, 80)}".rstrip()


def no_blank_in(text: str) -> tuple[str, str] | None:
    """`key` and value of a text such as `url:https://example.org`; None for any other."""
    found = _KEY_ALONE.fullmatch(" ".join(text.split()))
    return (found["key"], found["value"]) if found else None


def is_curly(text: str) -> bool:
    """Whether the text stands between quotes that YAML takes for letters."""
    return text != "" and text[0] in _CURLY


def odd_blank(text: str, where: str, lines: set[int]) -> Problem | None:
    """The blank that keeps one of these lines from being read as it looks; None without one."""
    found = {n: _ODD_INDENT.match(line) for n, line in enumerate(_BREAK.split(text), start=1)}
    odd = {number: match["odd"] for number, match in found.items() if match}
    if lines.isdisjoint(odd):
        return None
    line = min(lines.intersection(odd))
    more = len(odd) - 1
    others = f" (and in {more} more {'line' if more == 1 else 'lines'})" if more else ""
    name = f"U+{ord(odd[line]):04X}, {unicodedata.name(odd[line]).lower()},"
    return Problem(
        where=where,
        what=f"the character {name} stands where YAML wants a plain space{others}",
        fix="write a plain space; text copied from a page or a word processor brings such blanks",
        line=line,
    )


def syntax_problem(error: MarkedYAMLError, where: str, text: str) -> Problem:
    """The fault that kept the parser from reading the text."""
    if marker := _MERGE_MARKER.search(text):
        return Problem(
            where=where,
            what="two versions of the file were put together, and not all of it is decided",
            fix="keep one version of what is between <<<<<<< and >>>>>>>, and take the marks out",
            line=text.count("\n", 0, marker.start()) + 1,
        )
    mark = error.problem_mark or error.context_mark
    stop = mark.line + 1 if mark else 0
    begin = error.context_mark.line + 1 if error.context_mark else stop
    if problem := odd_blank(text, where, {begin, stop - 1, stop}):
        return problem
    for line, what, fix in _faults(error, text, begin, stop):
        return Problem(where=where, what=what, fix=fix, line=line)
    said = error.problem or error.context or "it cannot be read"
    return Problem(
        where=where,
        what=f"this is not valid YAML ({shorten(said, 80)})",
        fix="check indentation, quotes and brackets here",
        line=stop or None,
    )


def _faults(error: MarkedYAMLError, text: str, begin: int, stop: int) -> Iterator[Fault]:
    """The likely faults, the likeliest first; what was being read began in the line `begin`."""
    said, within = error.problem or "", error.context or ""
    lines, mark = _BREAK.split(text), error.problem_mark or error.context_mark
    if "'\\t'" in said and mark:
        yield (stop, *_tab(lines[mark.line], mark.column))
    if "unexpected end of stream" in said or "unexpected document separator" in said:
        what = "a quote opens in this line and is never closed"
        if any(char in lines[begin - 1] for char in _CURLY):
            what += ", since a curly quote closes nothing"
        yield begin, what, _CLOSE
    if "mapping values are not allowed" in said and mark:
        yield _second_colon(lines, mark)
    if "could not find expected ':'" in said:
        if found := no_blank_in(lines[begin - 1]):
            yield (begin, *no_blank_after(*found))
        yield begin, "a key has no colon", "write key: value, with a space after the colon"
    if mark and ("expected <block end>" in said or "expected ','" in said):
        yield from _quote_inside(text, mark)
    if "parsing a flow" in within:
        what = "a bracket opens in this line and is not closed, or a comma is missing behind it"
        yield begin, what, "add the missing ] or }, or the comma between two entries"
    yield from ((stop, what, fix) for pattern, what, fix in _SYNTAX if pattern in said)


def _tab(line: str, at: int) -> tuple[str, str]:
    """What a tab does in a line, by what stands before it."""
    before, behind = line[:at].rstrip(), " ".join(line[at:].split())
    if not before or not before.strip(" -"):
        place = "after the dash" if before else "in the indentation"
        return f"a tab stands {place}, where YAML wants spaces", "write spaces in its place"
    if found := _KEY.fullmatch(before):
        key = found["key"]
        fix = f"write {key}: {shorten(behind, 80)}" if behind else "delete it"
        return f"a tab stands after `{key}:`, where YAML wants a space", fix
    return "a tab stands behind a text, where YAML wants spaces", "delete it, or write a space"


def _second_colon(lines: list[str], mark: StringMark) -> Fault:
    """Why a colon is one too many: a second one in its line, or the text above goes on there."""
    line, number = lines[mark.line], mark.line + 1
    before = line[: mark.column]
    key = _KEY.match(before)
    if key and re.fullmatch(r"\s*https?", before[key.end() :], re.IGNORECASE):
        address = shorten("".join(line[key.end() :].split()), 80)
        return number, "a blank stands inside the address", f"write {key['key']}: {address}"
    if key:
        name, value = key["key"], line[key.end() :].strip()
        what = "a second colon stands in this line"
        if is_curly(value):
            what += ", and curly quotes are no quotes to YAML"
        value = shorten(value.strip(_CURLY + '"'), 80)
        return number, what, f'put the text in quotes: {name}: "{value}"'
    for above in range(mark.line - 1, max(-1, mark.line - _LOOKED_BACK), -1):
        if pair := no_blank_in(lines[above]):
            return (above + 1, *no_blank_after(*pair))
        if dash := _DASH_ALONE.fullmatch(lines[above]):
            fix = f"write - {shorten(dash['value'].strip(), 80)}"
            return above + 1, "a blank is missing after the dash", fix
        if _KEY.match(lines[above]):
            break
    what = "this line is indented deeper than the key above it, and so continues its text"
    return number, what, _LINE_UP


def _quote_inside(text: str, mark: StringMark) -> Iterator[Fault]:
    """A quote that ends its text too soon, or far too late, where the parser finds more behind."""
    last: ScalarToken | None = None
    try:
        for token in YAML(typ="safe", pure=True).scan(text):
            if token.end_mark.index > mark.index:
                break
            if isinstance(token, ScalarToken):
                last = token
    except YAMLError:
        pass  # the tokens before the fault are all that is wanted
    if last is None or last.style not in {"'", '"'} or last.end_mark.line != mark.line:
        return
    opens, ends = last.start_mark.line + 1, mark.line + 1
    if opens < ends:
        what = f"the quote that opens in this line is closed only in line {ends}, inside a text"
        yield opens, what, _CLOSE
        return
    name = "an apostrophe" if last.style == "'" else "a quote"
    line = _BREAK.split(text)[mark.line]
    # The whole text as it was meant, up to the quote at the end if there is one.
    meant = line[last.start_mark.column + 1 :].rstrip()
    closed = meant.rfind(last.style)
    whole = shorten(meant[:closed] if closed > len(last.value) else meant, 80)
    if last.style == "'" and '"' not in whole and "\\" not in whole:
        fix = f"""double it: '{whole.replace("'", "''")}', or write "{whole}\""""
    else:
        fix = f"""put the text between single quotes: '{whole.replace("'", "''")}'"""
    yield ends, f"{name} inside this text ends it too soon", fix
