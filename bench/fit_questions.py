"""Fits the reader of intents on bench/questions, and measures it on packs it was not fitted on.

python -m bench.fit_questions            measure on the packs held out
python -m bench.fit_questions --write    fit on all of them and write intents.json
"""

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.briefing.questions import Question, read_question
from bot.briefing.questions.intents import (
    MODEL_FILE,
    Floats,
    asked_words,
    features,
    meaning,
    model_of,
    word_forms,
)
from bot.briefing.questions.reader import find_names
from bot.config.commitments_file import load_pack
from bot.domain.commitment import Pack
from bot.matching.text.vectors import load_vectors

try:
    from sklearn.linear_model import LogisticRegression
except ModuleNotFoundError:
    sys.exit("scikit-learn is missing: it is a development dependency; run `make setup`")

_HERE = Path(__file__).parent
QUESTIONS = _HERE / "questions"
# Whole packs, so that their names are as new to the model as another team's.
HELD_OUT = frozenset({"g20-2009", "woodside-2023", "stockholm-2018", "geneva-2021"})
_C = 1.5  # inverse strength of the L2 penalty
# How many examples have a word that is kept, and a pair of words.
_WORDS_OFTEN, _PAIRS_OFTEN = 2, 4
_SMALLEST = 10  # hundredths; a pair that says less for every intent is left out
_TOO_ALIKE = 88  # of 100: a turn of phrase that is as like one held out is not fitted on
_SHORT = 2  # words: such turns are everybody's
_TEMPERATURES = np.arange(0.4, 1.65, 0.05)
# An answer that is wrong costs as much as one and a half that are right are worth.
_COST = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question's words with the names in it masked, and what it asks."""

    words: Sequence[str]
    typed: str
    intent: str
    pack: str


@cache
def pack_named(name: str) -> Pack:
    """The pack of that name: the one that is shipped, or one of bench/subjects."""
    shipped = _HERE.parent / "commitments.yaml"
    made_up = _HERE / "subjects" / name / "commitments.json"
    return load_pack(shipped if name == "us-dprk" else made_up)


def questions() -> list[dict[str, Any]]:
    """All whole questions, as their files have them."""
    files = sorted(QUESTIONS.glob("*.jsonl"))
    return [json.loads(line) for f in files for line in f.read_text("utf-8").splitlines()]


def examples(rows: Sequence[Mapping[str, Any]]) -> list[Example]:
    """The questions with their names masked as the reader masks them."""
    found = []
    for row in rows:
        now = datetime.fromisoformat(row["now"])
        names = find_names(row["text"], pack=pack_named(row["pack"]), now=now)
        found.append(
            Example(
                words=asked_words(names.masked),
                typed=names.text,
                intent=row["expect"]["intent"],
                pack=row["pack"],
            )
        )
    return found


def turns(held_out: Sequence[Example]) -> list[Example]:
    """The turns of phrase, bare and with words around them, that no question held out is like."""
    measured = [" ".join(one.words) for one in held_out]
    found = []
    data = tomllib.loads((QUESTIONS / "turns.toml").read_text("utf-8"))
    around = {side: lines.splitlines() for side, lines in data.pop("around").items()}
    for intent, lines in data.items():
        for line in filter(None, lines.splitlines()):
            words = line.replace("?", "").replace(".", "").split()
            near = process.extractOne(
                " ".join(words), measured, scorer=fuzz.ratio, score_cutoff=_TOO_ALIKE
            )
            if near is None or len(words) <= _SHORT:
                number = len(found)
                before = around["before"][number % len(around["before"])].split()
                after = around["after"][number % len(around["after"])].split()
                longer = [*before, ".", *words] if number % 3 else [*words, *after]
                found += [
                    Example(words=each, typed=line, intent=intent, pack="")
                    for each in (words, longer)
                ]
    return found


def fit(some: Sequence[Example]) -> dict[str, Any]:
    """The contents of intents.json; the temperature and what is sure are measured apart."""
    vectors = load_vectors()
    forms = Counter(form for one in some for form in set(word_forms(one.words)))
    known = frozenset(form for form, times in forms.items() if times >= _WORDS_OFTEN)
    named = [features(one.words, typed=one.typed, known=known) for one in some]
    often = Counter(name for each in named for name in each)
    names = sorted(n for n, times in often.items() if n in known or times >= _PAIRS_OFTEN)
    column = {name: number for number, name in enumerate(names)}
    rows = np.zeros((len(some), len(names)))
    for number, each in enumerate(named):
        for name, value in each.items():
            if name in column:
                rows[number, column[name]] = value
    full = np.hstack([rows, np.array([meaning(one.words, vectors) for one in some])])
    fitted = LogisticRegression(C=_C, max_iter=120, tol=3e-3)
    fitted.fit(full, [one.intent for one in some])
    weights = np.rint(100 * fitted.coef_).astype(int)
    kept = {
        name: weights[:, number].tolist()
        for name, number in column.items()
        if name in known or np.abs(weights[:, number]).max() >= _SMALLEST
    }
    return {
        "intents": fitted.classes_.tolist(),
        "bias": np.rint(100 * fitted.intercept_).astype(int).tolist(),
        "temperature": 1.0,
        "sure": 0.0,
        "named": kept,
        "meaning": weights[:, len(names) :].T.tolist(),
    }


def calibrated(data: dict[str, Any], measured: Sequence[Example]) -> dict[str, Any]:
    """With the temperature and the least probability that serve best on others' examples."""
    truth = np.array([data["intents"].index(one.intent) for one in measured])
    best = max(
        _TEMPERATURES, key=lambda t: _log_likelihood(_shares(data, measured, float(t)), truth)
    )
    shares = _shares(data, measured, float(best))
    top, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    gains = {
        round(float(least), 2): right[top >= least].sum() - _COST * (~right[top >= least]).sum()
        for least in np.arange(0.2, 0.8, 0.01)
    }
    sure = max(gains, key=lambda least: gains[least])
    return data | {"temperature": round(float(best), 2), "sure": sure}


def _shares(data: dict[str, Any], some: Sequence[Example], temperature: float) -> Floats:
    model = model_of(data | {"temperature": temperature}, load_vectors())
    each = (model.probabilities(one.words, typed=one.typed) for one in some)
    return np.array([[found[i] for i in model.intents] for found in each])


def _log_likelihood(shares: Floats, truth: NDArray[np.int_]) -> float:
    return float(np.log(shares[np.arange(len(truth)), truth] + 1e-12).sum())


def as_json(question: Question) -> dict[str, object]:
    """The fields of a reading that a question's `expect` has."""
    return {
        "intent": question.intent.value,
        "commitments": list(question.commitments),
        "summit": question.summit,
        "since": question.since.isoformat() if question.since else None,
        "until": question.until.isoformat() if question.until else None,
        "source": question.source,
        "direction": question.direction.value if question.direction else None,
        "ask_back": question.ask_back,
    }


def report(rows: Sequence[Mapping[str, Any]], data: dict[str, Any], *, show: bool) -> None:
    """Prints how many are read right, and wrong with confidence, by intent and by field."""
    model = model_of(data, load_vectors())
    by_intent: dict[str, Counter[str]] = {one: Counter() for one in data["intents"]}
    fields: Counter[str] = Counter()
    for row in rows:
        now = datetime.fromisoformat(row["now"])
        got = as_json(
            read_question(row["text"], pack=pack_named(row["pack"]), now=now, model=model)
        )
        expected = row["expect"]
        wrong = [name for name in expected if got[name] != expected[name]]
        confident = bool(wrong) and not got["ask_back"] and got["intent"] != "unknown"
        counts = by_intent[expected["intent"]]
        counts.update({"all": 1, "right": not wrong, "confident": confident})
        fields.update(wrong)
        if got["intent"] != expected["intent"]:
            counts[f"-> {got['intent']}"] += 1
        if wrong and show:
            print(row["id"], row["text"], {n: (expected[n], got[n]) for n in wrong}, sep=" | ")
    for intent, counts in by_intent.items():
        taken = ", ".join(f"{k[3:]} {n}" for k, n in counts.items() if k.startswith("->"))
        print(f"{intent:11} {counts['right']:3} of {counts['all']:3}   {taken}")
    total = sum(by_intent.values(), Counter())
    print(
        f"read right {total['right'] / total['all']:.3f}, "
        f"wrong with confidence {total['confident'] / total['all']:.3f}, of {total['all']}; "
        f"wrong fields: {dict(fields)}"
    )


def _written(data: Mapping[str, Any]) -> str:
    """One line a feature, so that a change can be read."""
    named = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in data["named"].items())
    rows = ",\n".join(f"  {json.dumps(row)}" for row in data["meaning"])
    head = ",\n".join(
        f'"{key}": {json.dumps(data[key])}' for key in ("intents", "bias", "temperature", "sure")
    )
    return f'{{\n{head},\n"named": {{\n{named}\n}},\n"meaning": [\n{rows}\n]\n}}\n'


def _without(some: Sequence[Example], packs: Collection[str]) -> list[Example]:
    return [one for one in some if one.pack not in packs]


def main() -> None:
    """Measures, and with --write ships."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="fit on all and write intents.json")
    parser.add_argument("--show", action="store_true", help="print each question read wrongly")
    args = parser.parse_args()
    rows = questions()
    whole = examples(rows)
    held = [one for one in whole if one.pack in HELD_OUT]
    phrases = turns(held)
    fitted = [*_without(whole, HELD_OUT), *phrases]
    # How sure to be is measured on two of the fitted packs in turn, so that the others stay unseen.
    inner = frozenset({"doha-2020", "prespa-2018", "south-sudan-2018"})
    apart = calibrated(
        fit([*_without(whole, HELD_OUT | inner), *phrases]),
        [one for one in whole if one.pack in inner],
    )
    sure = {key: apart[key] for key in ("temperature", "sure")}
    print(sure)
    report([r for r in rows if r["pack"] in HELD_OUT], fit(fitted) | sure, show=args.show)
    if args.write:
        shipped = fit([*whole, *turns([])]) | sure
        MODEL_FILE.write_text(_written(shipped), encoding="utf-8")
        print(f"{MODEL_FILE.name}: {len(shipped['named'])} features")


if __name__ == "__main__":
    main()
