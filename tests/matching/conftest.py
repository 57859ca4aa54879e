import os
from pathlib import Path

import pytest

from bot.matching.relevance.foreign import Encoder, load_encoder
from bot.matching.text.vectors import WordVectors, load_vectors

DATA = Path(
    os.environ.get("BRIEFING_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)


@pytest.fixture(scope="session")
def vectors() -> WordVectors:
    return load_vectors()


@pytest.fixture(scope="session")
def gold_folder() -> Path:
    folder = DATA / "gold"
    if not folder.is_dir():
        pytest.skip("the labelled sets are not on this machine")
    return folder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    found = load_encoder()
    assert found is not None, "wheels are missing; run `make setup`"
    return found
