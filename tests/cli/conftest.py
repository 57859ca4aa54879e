"""A folder as the bot has it, for commands that run as programs of their own."""

from pathlib import Path

import pytest

from bot.settings import Settings

PACK = """
summits:
  - id: s
    name: Summit
    date: 2018-06-12
    parties: [A, B]
    source: https://example.org/s
    commitments: [{id: talks, title: Talks, text: They shall hold talks., paragraph: "1"}]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack and one feed; nothing of this machine's environment but the way to loopback."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BRIEFING_ALLOW_NETWORKS", "127.0.0.0/8")
    (tmp_path / "commitments.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text("feeds: [{url: 'https://wire.example/feed'}]\n")
    return tmp_path
