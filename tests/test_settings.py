"""Settings: one line for each wrong variable, and no secret anywhere."""

import pytest

from bot.domain.errors import SettingsError
from bot.settings import Settings, load_settings, require


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "many"),
        ("SLACK_API_URL", "slack.com/api"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("BRIEFING_ADMINS", "alice"),
        ("BRIEFING_ADMINS", "U01,c02"),
        ("BRIEFING_TIMEZONE", "Mars/Olympus"),
        ("BRIEFING_TIMEZONE", "../etc/passwd"),
        ("BRIEFING_ALLOW_NETWORKS", "everything"),
        ("BRIEFING_LOG", "xml"),
        ("BRIEFING_READER", "perhaps"),
        ("BRIEFING_LLM_URL", "llm.example.org"),
        ("SLACK_BOT_TOKEN", "xapp-1-A-swapped"),
        ("SLACK_APP_TOKEN", "xoxb-swapped"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    (problem,) = caught.value.problems
    assert problem.where == name
    assert problem.fix
    assert "\n" not in str(problem)


def test_networks_are_read_from_a_list(monkeypatch):
    monkeypatch.setenv("BRIEFING_ALLOW_NETWORKS", " 127.0.0.0/8, fd00::/8 ,")
    networks = load_settings(env_file=None).briefing_allow_networks
    assert [str(network) for network in networks] == ["127.0.0.0/8", "fd00::/8"]


def test_all_wrong_values_are_told_at_once(monkeypatch):
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("BRIEFING_LOG", "y")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    assert {p.where for p in caught.value.problems} == {"PORT", "BRIEFING_LOG"}


def test_an_endpoint_without_a_model_is_refused(monkeypatch):
    monkeypatch.setenv("BRIEFING_LLM_URL", "https://llm.example.org/v1")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    assert [p.where for p in caught.value.problems] == ["BRIEFING_LLM_MODEL"]
    monkeypatch.setenv("BRIEFING_LLM_MODEL", "some-model")
    monkeypatch.setenv("BRIEFING_LLM_KEY", "hunter2")
    loaded = load_settings(env_file=None)
    assert loaded.briefing_llm_model == "some-model"
    assert "hunter2" not in repr(loaded)


def test_secrets_are_in_no_repr_and_no_error(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xapp-hunter2-secret")
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hunter2-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@localhost/x")
    assert "hunter2" not in repr(load_settings(env_file=None))


def test_an_empty_value_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("PORT", "")
    loaded = load_settings(env_file=None)
    assert loaded.slack_bot_token is None
    assert loaded.port == 3000


def test_the_environment_wins_over_the_env_file(monkeypatch, tmp_path):
    file = tmp_path / ".env"
    file.write_text("PORT=4000\nBRIEFING_TIMEZONE=Asia/Seoul\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "5000")
    loaded = load_settings(env_file=file)
    assert (loaded.port, loaded.briefing_timezone) == (5000, "Asia/Seoul")


def test_the_api_address_always_ends_with_a_slash(monkeypatch):
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9000/api")
    assert load_settings(env_file=None).slack_api_url == "http://127.0.0.1:9000/api/"


def test_what_is_required_and_missing_is_named(monkeypatch):
    monkeypatch.setenv("PORT", "3000")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN: it is not set"):
        require(load_settings(env_file=None), "SLACK_BOT_TOKEN")
