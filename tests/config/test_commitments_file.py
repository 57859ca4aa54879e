"""commitments.yaml and its JSON form: what is read, and every kind of wrong line."""

import json
from datetime import date

import pytest

from bot.config.commitments_file import load_pack, parse_pack
from bot.domain.commitment import Commitment, Scale, Summit, Watch
from bot.domain.errors import PackError
from tests.ingest.conftest import shared_data

GOOD = """
scale: compliance
summits:
  - id: glasgow-2021
    name: Glasgow 2021
    date: 2021-11-13
    parties: [France, Japan]
    source: https://example.org/pact
    commitments:
      - id: methane
        title: Methane pledge
        text: >
          Cut methane by 30 %
          until 2030.
        paragraph: 37
        parties: [Japan]
        theme: energy
        priority: 1
        due: "2030-12-31"
        guideline:
          -1: Nothing was done.
          0: Something was done.
          +1: It was done.
        watch: {any: [methane, CH4], all: gas, none: [cow]}
        progress: [A plan was published.]
        setback:
          - Leaks grew.
      - {id: coal, title: Coal, text: Phase down coal.}
"""
ONE = """\
summits:
  - id: glasgow
    commitments:
      - id: coal
        title: Coal
        text: Phase down coal.
        {}
"""
TWO = ONE + "      - id: {}\n        title: A\n        text: B\n"
WRONG = {
    "empty": ("", 1, "begin with summits:", "summits:"),
    "a-list": ("- id: a", 1, "a list", "summits:"),
    "no-summits": ("scale: compliance", 1, "summits is missing", "summits:"),
    "summits-empty": ("summits: []", 1, "summits is empty", "summits:"),
    "summits-text": ("summits: Glasgow", 1, 'the text "Glasgow"', "-"),
    "unknown-key": ("scal: x\n" + ONE.format(""), 1, '"scal"', "did you mean scale?"),
    "scale-unknown": ("scale: percent\n" + ONE.format(""), 1, '"percent"', "implementation"),
    "summit-just-text": ("summits:\n  - Glasgow", 2, "a group of keys", "- id:"),
    "summit-without-commitments": ("summits:\n  - id: a", 2, "commitments is missing", "- id:"),
    "summit-id-missing": (
        "summits:\n  - name: A\n    commitments: [{id: b, title: c, text: d}]",
        2,
        "id is missing",
        "write id:",
    ),
    "summit-date-in-words": (
        (
            "summits:\n  - id: a\n    date: 13 November 2021\n"
            "    commitments: [{id: b, title: c, text: d}]"
        ),
        3,
        '"13 November 2021"',
        "2018-06-12",
    ),
    "summit-date-impossible": (
        "summits:\n  - id: a\n    date: 2021-02-30\n    commitments: [{id: b, title: c, text: d}]",
        3,
        "no date of the calendar",
        "2018-06-12",
    ),
    "summit-source": (
        (
            "summits:\n  - id: a\n    source: see the archive\n"
            "    commitments: [{id: b, title: c, text: d}]"
        ),
        3,
        "source",
        "",
    ),
    "commitment-just-text": (
        "summits:\n  - id: a\n    commitments: [coal]",
        3,
        "a group of keys",
        "- id:",
    ),
    "title-missing": (
        "summits:\n  - id: a\n    commitments:\n      - {id: b, text: c}",
        4,
        "title is missing",
        "write title:",
    ),
    "text-empty": (
        "summits:\n  - id: a\n    commitments:\n      - {id: b, title: c, text: ''}",
        4,
        "text is empty",
        "write text:",
    ),
    "id-with-blanks": (TWO.format("", "Coal Phase"), 8, '"Coal Phase" is no id', "coal-phase"),
    "id-with-capital": (TWO.format("", "Gas"), 8, '"Gas" is no id', "id: gas"),
    "id-with-other-letters": (TWO.format("", "énergie"), 8, "is no id", "energie"),
    "id-twice": (TWO.format("", "coal"), 8, "taken already in line 4", "another"),
    "id-of-the-summit": (TWO.format("", "glasgow"), 8, "taken already in line 2", "another"),
    "id-reserved": (TWO.format("", "all"), 8, "everything", "another"),
    "id-too-long": (TWO.format("", "a" * 65), 8, "65 characters", "64"),
    "id-a-list": (TWO.format("", "[a]"), 8, "a list", "write id:"),
    "priority-zero": (ONE.format("priority: 0"), 7, "out of range", "1 to 9"),
    "priority-word": (ONE.format("priority: high"), 7, '"high"', "whole number"),
    "priority-fraction": (ONE.format("priority: 1.5"), 7, "1.5", "whole number"),
    "due-number": (ONE.format("due: 2030"), 7, "the number 2030", "due: 2018-06-12"),
    "due-american": (ONE.format("due: 12/31/2030"), 7, "12/31/2030", "due: 2018-06-12"),
    "guideline-text": (ONE.format("guideline: do it"), 7, "a line for each level", "0 (not"),
    "guideline-other-level": (
        ONE.format("guideline: {4: x}"),
        7,
        '"4" means nothing',
        "scale implementation are 0 (not initiated)",
    ),
    "guideline-level-by-name": (ONE.format("guideline: {full: x}"), 7, '"full"', "3 (full)"),
    "guideline-level-twice": (ONE.format("guideline: {1: x, +1: y}"), 7, "twice", "keep one"),
    "guideline-empty-text": (ONE.format("guideline: {1: [x]}"), 7, "a list", "level"),
    "watch-list": (ONE.format("watch: [coal]"), 7, "a list", "watch: {any:"),
    "watch-unknown": (ONE.format("watch: {some: [coal]}"), 7, '"some"', "any"),
    "watch-group": (ONE.format("watch: {any: {a: b}}"), 7, "should be a list", "any:"),
    "watch-entry-list": (ONE.format("watch: {any: [[a]]}"), 7, "should be a text", "any:"),
    "progress-entry-empty": (ONE.format("progress: ['']"), 7, "should be a text", "progress"),
    "progress-too-long": (ONE.format(f"progress: [{'a' * 1001}]"), 7, "1,001", "1,000"),
    "parties-too-many": (
        ONE.format(f"parties: [{', '.join(f'p{n}' for n in range(251))}]"),
        7,
        "251 entries",
        "250",
    ),
    **{
        f"parties-{name}": (
            ONE.format(f"parties: {text}"),
            7,
            "should be a list",
            f'parties: [{several}], or parties: ["{text}"]',
        )
        for name, text, several in (
            ("and", "Alpha and Beta", "Alpha, Beta"),
            ("comma", "Alpha, Beta and Gamma", "Alpha, Beta, Gamma"),
            ("comma-and", "Alpha, Beta, and Gamma", "Alpha, Beta, Gamma"),
            ("ampersand", "Alpha & Beta", "Alpha, Beta"),
            ("semicolon", "Alpha; Beta", "Alpha, Beta"),
        )
    },
    "watch-terms-with-commas": (
        ONE.format("watch: {any: 'coal, gas'}"),
        7,
        "should be a list",
        'any: [coal, gas], or any: ["coal, gas"]',
    ),
    "no-blank-after-id": (
        "summits:\n  - id:glasgow\n    commitments: []",
        2,
        "a blank is missing after `id:`",
        "write id: glasgow",
    ),
    "apostrophe": (ONE.format("theme: 'People's rights'"), 7, "an apostrophe", "People''s rights"),
    "source-in-curly-quotes": (
        ONE.format("").replace(
            "    commitments", "    source: “https://e.org/pact”\n    commitments", 1
        ),
        3,
        "curly quotes around it",
        "write https://e.org/pact",
    ),
    "tab-in-the-indentation": (ONE.format("theme: x\n\tpriority: 1"), 8, "a tab", "spaces"),
    "quote-never-closed": (
        ONE.format("theme: 'x\n        priority: 1"),
        7,
        "never closed",
        "close",
    ),
    "no-break-spaces": (ONE.format("theme: x\n" + "\u00a0" * 8 + "due: x"), 8, "no-break", "plain"),
    "summit-key-in-summits-form": (ONE.format("summit: Glasgow"), 7, '"summit"', ""),
    "text-too-long": (
        f"summits:\n  - id: a\n    commitments:\n      - {{id: b, title: c, text: {'x' * 4001}}}",
        4,
        "4,001",
        "4,000",
    ),
    "json-without-text": (
        '{"commitments": [\n{"id": "a", "title": "A"}]}',
        2,
        "text is missing",
        "write text:",
    ),
    "json-id-twice": (
        (
            '{"commitments": [{"id": "a", "title": "A", "text": "x"},\n'
            '{"id": "a", "title": "A", "text": "x"}]}'
        ),
        2,
        "taken already in line 1",
        "another",
    ),
    "json-empty": ('{"commitments": []}', 1, "commitments is empty", "commitments"),
    "json-unknown-key": (
        '{"commitments": [{"id": "a", "titel": "A", "title": "B", "text": "x"}]}',
        1,
        '"titel"',
        "did you mean title?",
    ),
}


def test_a_pack_is_read_whole_and_in_order():
    pack = parse_pack(GOOD, "commitments.yaml")

    methane = Commitment(
        id="methane",
        title="Methane pledge",
        text="Cut methane by 30 % until 2030.",
        summit_id="glasgow-2021",
        paragraph="37",
        parties=("Japan",),
        theme="energy",
        priority=1,
        due=date(2030, 12, 31),
        guideline={-1: "Nothing was done.", 0: "Something was done.", 1: "It was done."},
        watch=Watch(any=("methane", "CH4"), all=("gas",), none=("cow",)),
        progress=("A plan was published.",),
        setback=("Leaks grew.",),
    )
    coal = Commitment(
        id="coal", title="Coal", text="Phase down coal.", summit_id="glasgow-2021",
        parties=("France", "Japan"),
    )  # fmt: skip
    assert pack.scale is Scale.COMPLIANCE
    assert pack.summits == (
        Summit(
            id="glasgow-2021",
            name="Glasgow 2021",
            date=date(2021, 11, 13),
            parties=("France", "Japan"),
            source="https://example.org/pact",
            commitments=(methane, coal),
        ),
    )


def test_a_bare_pack_is_enough():
    pack = parse_pack(ONE.format(""), "commitments.yaml")

    assert pack.scale is Scale.IMPLEMENTATION
    assert pack.summits[0].name == "glasgow"
    assert pack.by_id["coal"].text == "Phase down coal."


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        ("Japan", ("Japan",)),
        ("[Trinidad and Tobago]", ("Trinidad and Tobago",)),
        ('["Korea, Republic of", Japan]', ("Korea, Republic of", "Japan")),
        ("Finland", ("Finland",)),
    ],
)
def test_one_party_may_stand_alone_and_in_brackets_have_any_name(text, parties):
    pack = parse_pack(ONE.format(f"parties: {text}"), "commitments.yaml")

    assert pack.by_id["coal"].parties == parties


@pytest.mark.parametrize("case", WRONG)
def test_each_wrong_line_is_named_with_its_fix(case):
    text, line, what, fix = WRONG[case]

    with pytest.raises(PackError) as caught:
        parse_pack(text, "commitments.yaml")

    (problem,) = caught.value.problems
    assert what in problem.what
    assert fix in problem.fix
    assert (problem.where, problem.line) == ("commitments.yaml", line)


def flat(*commitments: dict, **more) -> str:
    return json.dumps({**more, "commitments": commitments})


def test_the_short_form_makes_summits_of_their_names():
    pack = parse_pack(
        flat(
            {"id": "a", "summit": "COP 26, Glasgow", "title": "A", "text": "x"},
            {"id": "b", "summit": "Genève 2021", "title": "B", "text": "y"},
            {"id": "C_3", "summit": "COP 26, Glasgow", "title": "C", "text": "z"},
            pack="climate",
            note="free words",
        ),
        "pack.json",
    )

    assert [(s.id, s.name, [c.id for c in s.commitments]) for s in pack.summits] == [
        ("cop-26-glasgow", "COP 26, Glasgow", ["a", "C_3"]),
        ("geneve-2021", "Genève 2021", ["b"]),
    ]
    assert pack.by_id["C_3"].summit_id == "cop-26-glasgow"


def test_the_short_form_finds_ids_for_names_that_give_none():
    pack = parse_pack(
        flat(
            {"id": "remains", "summit": "싱가포르", "title": "A", "text": "x"},
            {"id": "b", "summit": "Remains", "title": "B", "text": "y"},
            {"id": "c", "title": "C", "text": "z"},
        ),
        "pack.json",
    )

    ids = [summit.id for summit in pack.summits]
    assert len({*ids, *pack.by_id}) == 6
    assert pack.summits[2].name == "Summit"


def test_json_with_characters_written_as_escapes_is_read():
    pack = parse_pack(
        '{"commitments": [{"id": "a", "title": "\\ud83d\\ude00 \\u00e9", "text": "a\\/b\\tc"}]}',
        "pack.json",
    )

    assert (pack.by_id["a"].title, pack.by_id["a"].text) == ("😀 é", "a/b c")


def test_a_broken_file_is_named_by_line(tmp_path):
    path = tmp_path / "commitments.yaml"
    path.write_text("summits:\n\t- id: a", encoding="utf-8")

    with pytest.raises(PackError, match=f"^{path}:2: a tab"):
        load_pack(path)
    with pytest.raises(PackError, match="there is no file"):
        load_pack(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("name", "summits", "commitments"),
    [("commitments.json", 3, 13), ("accords-commitments.json", 3, 9)],
)
def test_packs_from_elsewhere_are_read(name, summits, commitments):
    pack = load_pack(shared_data("gold") / name)

    assert (len(pack.summits), len(pack.commitments)) == (summits, commitments)
