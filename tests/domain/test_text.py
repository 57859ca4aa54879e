"""Foreign text made plain."""

import html
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.text import (
    ELLIPSIS,
    clusters,
    is_garbled,
    one_line,
    plain_text,
    shorten,
    strip_tags,
)
from tests.briefing.builders import PATIENT

AWKWARD = st.text(
    st.sampled_from(
        list("ab &<>*|\n\t\x00\x1b\x9b\u202e\u2066\u200b\u0301\u200d\ufe0f👩🚀🏽🇰🇷é각")
    ),
    max_size=60,
) | st.text(max_size=60)

CLEANED = {
    "tags": ("<p>Talks <b>resume</b></p>", "Talks resume"),
    "tag-inside-word": ("un<b>believ</b>able", "unbelievable"),
    "line-break-separates": ("one<br/>two", "one two"),
    "block-separates": ("<p>one</p><p>two</p>", "one two"),
    "list": ("<ul><li>one</li><li>two</li></ul>", "one two"),
    "entity": ("AT&amp;T", "AT&T"),
    "entity-twice": ("AT&amp;amp;T", "AT&T"),
    "entity-numeric": ("It&#8217;s", "It’s"),
    "entity-hexadecimal": ("It&#x2019;s", "It’s"),
    "entity-escaped-tag-stays-text": ("use &lt;blink&gt; never", "use <blink> never"),
    "escaped-twice-markup-goes": ("&lt;p&gt;Talks&lt;/p&gt; &lt;br&gt; resume", "Talks resume"),
    "slack-mention-stays-text": ("&lt;!channel&gt; hi", "<!channel> hi"),
    "comment": ("a<!-- <b>hidden</b> -->b", "ab"),
    "comment-without-end": ("a<!-- hidden", "a"),
    "script": ("a<script>alert('<b>')</script>b", "a b"),
    "script-capital": ("a<SCRIPT>x</ScRiPt >b", "a b"),
    "script-without-end": ("a<script>alert(1)", "a"),
    "style": ("<style>p{}</style>b", "b"),
    "script-in-script": ("<scr<script>ipt>x</script>y", "ipt>x y"),
    "cdata": ("<![CDATA[Talks]]> resume", "Talks]]> resume"),
    "processing-instruction": ("a<?php evil ?>b", "ab"),
    "greater-in-attribute": ('<a title="a > b" href="#">link</a>', "link"),
    "single-quoted-attribute": ("<a title='>'>x</a>", "x"),
    "quote-without-end": ('<a title="oops>text</a> more', "text more"),
    "less-than": ("2 < 3 and 4 > 3", "2 < 3 and 4 > 3"),
    "less-than-letter": ("if x <y then", "if x <y then"),
    "tag-cut-off": ('Read more <a href="http://exa', "Read more"),
    "tag-cut-off-at-name": ("Read more <br", "Read more"),
    "closing-tag-only": ("Talks</p>", "Talks"),
    "image": ('<img src="x" onerror="alert(1)">Talks', "Talks"),
    "iframe": ("a<iframe>b</iframe>c", "a c"),
    "svg": ("a<svg><text>b</text></svg>c", "a c"),
    "zero-width-space": ("de\u200bnuclear\u200bisation", "denuclearisation"),
    "soft-hyphen": ("denucle\u00adarisation", "denuclearisation"),
    "byte-order-mark": ("\ufeffTalks", "Talks"),
    "right-to-left-override": ("abc\u202etxt.exe", "abctxt.exe"),
    "isolates": ("\u2066abc\u2069\u200f", "abc"),
    "arabic-letter-mark": ("a\u061cb", "ab"),
    "word-joiner": ("a\u2060b", "ab"),
    "hangul-filler": ("a\u3164b\uffa0", "ab"),
    "tag-characters": ("flag\U000e0067\U000e007f", "flag"),
    "private-use": ("a\ue000b", "ab"),
    "noncharacter": ("a\ufffeb\ufdd0", "ab"),
    "lone-surrogate": ("a\ud800b", "ab"),
    "zwnj-kept-in-persian": ("می\u200cخواهم", "می\u200cخواهم"),
    "zwnj-dropped-in-latin": ("a\u200cb", "ab"),
    "zwj-kept-in-emoji": ("👩\u200d💻 x", "👩\u200d💻 x"),
    "control-characters": ("a\x00b\x07c\x1bd", "a b c d"),
    "line-breaks": ("a\r\n\t b\u2028c\u0085d", "a b c d"),
    "odd-blanks": ("a\u00a0\u2003\u3000b", "a b"),
    "towers-of-marks": ("a" + "\u0301" * 50, "á" + "\u0301" * 4),
    "nfc": ("e\u0301te\u0301", "été"),
    "unfinished-entity": ("AT&T; R&D", "AT&T; R&D"),
    "numeric-entity-beyond": ("a&#99999999;b", "a\ufffdb"),
    "numeric-entity-null": ("a&#0;b", "a\ufffdb"),
    "windows-entity": ("&#145;a&#146;", "‘a’"),
}
SECURITY_TABLE = {"test_foreign_text_becomes_plain": CLEANED}


@pytest.mark.parametrize("case", CLEANED)
def test_foreign_text_becomes_plain(case):
    markup, text = CLEANED[case]

    assert plain_text(markup, at_most=500) == text


def test_plain_text_keeps_what_only_looks_like_markup():
    assert plain_text("a <x b> c & d", at_most=100, is_html=False) == "a <x b> c & d"
    assert plain_text("<b>News</b> &amp; more", at_most=100, is_html=False) == "News & more"


@given(st.text(max_size=300), st.integers(min_value=2, max_value=50))
def test_the_length_is_never_more_than_asked_for(text, at_most):
    assert len(plain_text(text, at_most=at_most)) <= at_most


@given(st.text(alphabet="<>/!-ab \"'=&;sctripyle[]CDATA", max_size=200))
def test_no_tag_with_a_known_name_survives(markup):
    out = plain_text(markup, at_most=1000)

    assert "<script>" not in out
    assert "<b>" not in out


@given(st.text(max_size=200))
def test_escaped_text_comes_back_as_it_was(text):
    assert (
        plain_text(html.escape(text), at_most=4000).replace(" ", "")
        == plain_text(text, at_most=4000, is_html=False).replace(" ", "")
        or "&" in text
        or "<" in text
    )


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", '<a "', "<!--", "<script>", "<b>", "</", "&", "&amp;", "<a title='", "<![CDATA["],
)
def test_broken_markup_without_end_takes_no_longer_than_its_length_allows(piece, benchmark_s):
    """Linear time: 64 KiB of it in well under a second, where quadratic would take minutes."""
    assert benchmark_s(lambda: plain_text(piece * (65_536 // len(piece)), at_most=500)) < 1


def test_strip_tags_leaves_text_without_tags_alone():
    assert strip_tags("no tags > here") == "no tags > here"


@PATIENT
@given(AWKWARD)
@example("a\u200b\u0301")  # composes once what parted it is gone
@example("a" + 4 * "\u0301" + "\u200b" + 4 * "\u0301")  # one tower of marks
@example("\xe9\u0345\u200b\u064b\u200c")  # marks that change places before a joiner
def test_the_result_is_one_line_without_anything_that_controls(text: str) -> None:
    clean = one_line(text)
    assert clean == " ".join(clean.split())
    assert unicodedata.is_normalized("NFC", clean)
    categories = {unicodedata.category(char) for char in clean}
    assert categories.isdisjoint({"Cc", "Cs", "Co", "Zl", "Zp"})
    assert not any(char in clean for char in "\u200b\u200e\u200f\ufeff")
    directions = {unicodedata.bidirectional(char) for char in clean}
    assert directions.isdisjoint({"LRO", "RLO", "LRE", "RLE", "LRI", "RLI", "FSI"})
    assert one_line(clean) == clean


def test_letters_of_every_script_and_joined_emoji_stay() -> None:
    text = "평양 공동선언 — می‌خواهم 👩‍🚀 naïve"
    assert one_line(text) == text


@PATIENT
@given(AWKWARD)
def test_clusters_are_the_text_in_pieces(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize("one", ["e\u0301", "👩‍🚀", "🇰🇷", "👍🏽", "❤️", "각"])
def test_what_readers_see_as_one_character_is_one_cluster(one: str) -> None:
    assert list(clusters(one + one)) == [one, one]


@PATIENT
@given(AWKWARD, st.integers(1, 40))
@example("<<<<\u200d <<", 7)  # a blank within a cluster
def test_a_shortened_text_fits_and_is_a_beginning_in_whole_characters(
    text: str, limit: int
) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    if short != text:
        assert short.endswith(ELLIPSIS)
        kept = short.removesuffix(ELLIPSIS)
        assert text.startswith(kept)
        pieces = list(clusters(text))
        bounds = {len("".join(pieces[:n])) for n in range(len(pieces) + 1)}
        assert len(kept) in bounds


def test_a_cut_is_made_at_the_end_of_a_word_when_one_is_near() -> None:
    assert shorten("Summit ends early without a deal", 20) == "Summit ends early…"
    assert shorten("one two three", 9) == "one two…"
    assert shorten("a" * 50, 10) == "a" * 9 + ELLIPSIS
    assert shorten("onetwothree", 9) == "onetwoth…"


def test_a_text_that_just_fits_is_left_alone() -> None:
    assert shorten("Summit ends", 11) == "Summit ends"


# A text, the encoding in which it was written, and those in which a reader may take it.
MISREAD = [
    ("Переговоры о связи возобновлены", "cp1251", ["cp1252", "latin-1", "utf-8"]),
    ("Переговоры о связи возобновлены", "utf-8", ["cp1252", "latin-1", "cp1251", "cp949"]),
    ("북미 정상회담 기념 행사가 열렸다", "cp949", ["cp1252", "latin-1", "utf-8", "cp1251"]),
    ("북미 정상회담 기념 행사가 열렸다", "utf-8", ["cp1252", "latin-1", "cp949"]),
    ("日朝首脳会談が平壌で開かれた", "cp932", ["cp1252", "utf-8", "cp949"]),
    ("朝鲜半岛无核化会谈重启", "gb18030", ["cp1252", "latin-1", "utf-8"]),
    ("Café déjà ouvert à Genève", "utf-8", ["cp1252", "cp1251", "latin-1"]),
    ("Café déjà ouvert à Genève", "cp1252", ["utf-8", "cp1251"]),
    ("Talks – “resumed” at last", "utf-8", ["cp1252"]),
    ("استؤنفت المحادثات في العاصمة", "cp1256", ["cp1252", "utf-8"]),
]


@pytest.mark.parametrize(
    ("text", "written", "taken"), [(t, w, each) for t, w, many in MISREAD for each in many]
)
def test_a_text_in_a_wrong_encoding_is_garbled_and_not_the_other_way_round(text, written, taken):
    rubbish = one_line(text.encode(written, "replace").decode(taken, "replace"))

    assert is_garbled(rubbish, before=text)
    assert not is_garbled(text, before=rubbish)


@given(
    st.sampled_from([text for text, *_ in MISREAD]).filter(lambda text: not text.isascii()),
    st.sampled_from(["?", "\ufffd"]),
)
def test_letters_that_became_question_marks_are_lost(text, mark):
    lost = "".join(char if char.isascii() else mark for char in text)

    assert is_garbled(lost, before=text)
    assert not is_garbled(text, before=lost)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Talks resume", "Talks resume?"),
        ("Почему", "Почему?"),
        ("Cafe opens early", "Café opens “early”"),
        ("Talks resume", "북미 회담 재개"),
        ("Café opens", "Caf\ufffd opens: 5 dead"),
        ("3 dead in Seoul", "5 dead in \ufffd\ufffd"),
        ("Café déjà ouvert", "CAFÉ DÉJÀ OUVERT"),
        ("Kim in Beijing", "Kim Jong-un (김정은) in 北京 – “yes” 🎉"),
        ("Переговоры возобновлены", "Переговоры сорваны"),
        ("Рада", "Źródła rządowe: żółć"),
        ("Caf\ufffd opens", "Caf\ufffd closes"),
    ],
)
def test_an_edit_is_not_garbled(before, after):
    assert not is_garbled(after, before=before)


@given(AWKWARD, AWKWARD)
def test_whether_a_text_is_garbled_can_always_be_told(text, before):
    assert not is_garbled(text, before=text)
    assert is_garbled(text, before=before) in {True, False}


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("&copy 2026", "© 2026"),
        ("x?a=1&copy=2&section=3", "x?a=1&copy=2&section=3"),
        ("R&amp;D &amp;amp; Q&A &notable", "R&D & Q&A &notable"),
        ("&lang &lang; &bogus; &amp", "&lang ⟨ &bogus; &"),
        ("&#8217 &#x2019; &#128;", "’ ’ €"),
        ("CafÃ© fermÃ© â€“ Ð", "CafÃ© fermÃ© â€“ Ð"),
        ("CafÃ© fermÃ© â€“ ouvert", "Café fermé – ouvert"),
    ],
)
def test_entities_and_what_was_encoded_twice_are_read_as_they_were_meant(markup, text):
    assert plain_text(markup, at_most=500) == text
