import json

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.match import register
from bot.domain.errors import InputError, PackError

PACK = {
    "commitments": [
        {
            "id": "coal",
            "summit": "Climate",
            "title": "Phasing out coal power",
            "text": "Germany commits to close its coal-fired power plants.",
        },
        {
            "id": "forests",
            "summit": "Climate",
            "title": "Ending deforestation",
            "text": "Brazil commits to halt forest loss in the Amazon.",
        },
    ]
}
ITEMS = [
    {"id": "1", "title": "Germany closes coal-fired power plant", "summary": ""},
    {"id": "2", "title": "Singer cancels tour"},
    {"id": "3", "title": "Amazon deforestation in Brazil falls", "summary": "Forest loss halved."},
]


@pytest.fixture
def app():
    found = typer.Typer()
    register(found)
    return found


@pytest.fixture
def files(tmp_path):
    (tmp_path / "pack.json").write_text(json.dumps(PACK))
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(each) + "\n" for each in ITEMS))
    return tmp_path


def run(app, *arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_match_writes_a_line_for_each_item_in_order(app, files):
    pack, items = files / "pack.json", files / "items.jsonl"
    result = run(app, "match", "--commitments", pack, "--items", items)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["1", "2", "3"]
    assert [[m["commitment"] for m in line["matches"]] for line in lines] == [
        ["coal"], [], ["forests"],
    ]  # fmt: skip
    (match,) = lines[0]["matches"]
    assert set(match) == {"commitment", "score", "direction", "reasons"}
    assert 0 <= match["score"] <= 1
    assert match["direction"] in {"progress", "setback", "neutral"}
    assert match["reasons"]


def test_match_writes_to_a_file(app, files):
    target = files / "out.jsonl"
    result = run(
        app, "match", "--commitments", files / "pack.json", "--items", files / "items.jsonl",
        "--out", target,
    )  # fmt: skip
    assert result.exit_code == 0
    assert result.stdout == ""
    assert len(target.read_text().splitlines()) == 3


def test_the_file_that_is_read_is_never_written_over(app, files):
    items = files / "items.jsonl"
    before = items.read_bytes()
    result = run(
        app, "match", "--commitments", files / "pack.json", "--items", items, "--out", items
    )
    assert isinstance(result.exception, InputError)
    assert items.read_bytes() == before


def test_a_bad_line_is_named_and_the_rest_done(app, files):
    items = files / "bad.jsonl"
    items.write_text(
        '{"id": "1", "title": "Germany closes coal plant"}\nnot json\n{"id": "3", "title": "x"}\n'
    )
    result = run(app, "match", "--commitments", files / "pack.json", "--items", items)
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["1", "3"]
    assert "bad.jsonl:2" in result.stderr.replace("\n", "")


def test_a_missing_file_is_a_sentence(app, files):
    result = run(app, "match", "--commitments", files / "pack.json", "--items", files / "no.jsonl")
    assert isinstance(result.exception, InputError)
    assert "no.jsonl" in str(result.exception)


def test_a_wrong_pack_is_a_sentence(app, files):
    (files / "wrong.json").write_text('{"commitments": [{"id": "x"}]}')
    result = run(
        app, "match", "--commitments", files / "wrong.json", "--items", files / "items.jsonl"
    )
    assert isinstance(result.exception, PackError)


@pytest.fixture
def gold(files):
    labelled = [
        {**ITEMS[0], "labels": [{"commitment": "coal", "direction": "progress"}], "story": "a"},
        {**ITEMS[1], "labels": []},
        {**ITEMS[2], "labels": [{"commitment": "forests", "direction": "progress"}]},
    ]
    path = files / "gold.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in labelled))
    return path


def test_evaluate_prints_every_figure_as_json(app, files, gold):
    result = run(app, "evaluate", "--commitments", files / "pack.json", "--gold", gold, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["items"] == 3
    assert found["overall"]["f1"] == 1.0
    assert set(found["commitments"]) == {"coal", "forests"}
    assert set(found["baselines"]) == {"TF-IDF", "averaged word vectors"}
    assert found["stories"]["f1"] == 1.0
    assert 0 <= found["direction_accuracy"] <= 1
    assert 0 <= found["calibration_error"] <= 1


def test_evaluate_prints_a_table(app, files, gold):
    result = run(app, "evaluate", "--commitments", files / "pack.json", "--gold", gold)
    assert result.exit_code == 0
    for word in ("coal", "forests", "all together", "TF-IDF", "Direction right"):
        assert word in result.stdout


def test_evaluate_without_a_readable_line_is_a_sentence(app, files):
    empty = files / "empty.jsonl"
    empty.write_text("{\n")
    result = run(app, "evaluate", "--commitments", files / "pack.json", "--gold", empty)
    assert isinstance(result.exception, InputError)
