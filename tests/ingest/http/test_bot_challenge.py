"""Walls against robots are told from the pages of a site, and named."""

import asyncio

import pytest

from bot.domain.errors import FetchError
from bot.ingest.formats.document import parse
from bot.ingest.http.bot_challenge import MAX_PAGE, challenge_in_page
from tests.ingest.conftest import NOW
from tests.ingest.serving import reply


def page(title: str, body: str = "", head: str = "") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    ).encode()


CHALLENGES = {
    "cloudflare-challenge": (page("Just a moment..."), "Cloudflare"),
    "cloudflare-block": (
        page("Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1>"),
        "Cloudflare",
    ),
    "cloudflare-script": (
        page("example.org", head="<script>window._cf_chl_opt={cvId:'3'}</script>"),
        "Cloudflare",
    ),
    "akamai": (
        page("Access Denied", "You don't have permission.<P>Reference&#32;&#35;18&#46;2d351ab8"),
        "Akamai",
    ),
    "imperva": (page("Pardon Our Interruption", "<h1>Pardon Our Interruption</h1>"), "Imperva"),
    "imperva-frame": (
        page("", '<iframe src="/_Incapsula_Resource?CWUDNSAI=9">Request unsuccessful.</iframe>'),
        "Imperva",
    ),
    "human": (page("Access to this page has been denied"), "HUMAN"),
    "human-mark": (page("example.org", '<div id="px-captcha"></div>'), "HUMAN"),
    "anubis": (page("Making sure you&#39;re not a bot!"), "Anubis"),
    "anubis-script": (
        page("Wait", head='<script id="anubis_challenge" type="application/json">{}</script>'),
        "Anubis",
    ),
    "ddos-guard": (page("DDoS-Guard", "Checking your browser"), "DDoS-Guard"),
    "sucuri": (page("Sucuri WebSite Firewall - Access Denied"), "Sucuri"),
    "datadome": (
        page("example.org", '<script src="https://ct.captcha-delivery.com/c.js"></script>'),
        "DataDome",
    ),
    "aws-waf": (page("", head="<script>window.gokuProps = {}</script>"), "AWS WAF"),
    "hcaptcha": (page("Verify", '<div class="h-captcha"></div>Are you human?'), "hCaptcha"),
    "turnstile": (page("Verify", '<div class="cf-turnstile"></div>'), "Turnstile"),
}
PAGES = {
    "article-on-challenges": page(
        "How Cloudflare says Just a moment...", "<p>Pardon Our Interruption"
    ),
    "article-on-captchas": page("px-captcha explained", "<p>It adds an element px-captcha.</p>"),
    "article-titled-access-denied": page("Access Denied", "<p>Our reference desk is closed.</p>"),
    "article-titled-like-a-challenge": page("Just a moment...", "<p>Talks resume today.</p>" * 200),
    "site-with-cloudflare-script": page(
        "Wire", '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>News'
    ),
    "site-with-imperva-script": page(
        "Wire", '<script src="/_Incapsula_Resource?SWJIYLWA=7"></script>' + "<p>Talks resume." * 40
    ),
    "form-with-captcha": page("Write to us", "<p>Tell us. " * 60 + '<div class="h-captcha"></div>'),
    "large-page": page("Just a moment...", f"<script>{'x' * MAX_PAGE}</script>"),
    "feed": b"<rss version='2.0'><channel><title>Just a moment...</title></channel></rss>",
}
SECURITY_TABLE = {
    "test_a_challenge_is_known_by_its_page": CHALLENGES,
    "test_an_ordinary_page_is_no_challenge": PAGES,
}


@pytest.mark.parametrize("case", CHALLENGES)
def test_a_challenge_is_known_by_its_page(case):
    body, name = CHALLENGES[case]

    with pytest.raises(FetchError, match=f"bot challenge \\({name}\\)") as caught:
        parse(body, content_type="text/html", url="https://example.org/feed", now=NOW)
    assert caught.value.kind == "bot_challenge"


@pytest.mark.parametrize("case", PAGES)
def test_an_ordinary_page_is_no_challenge(case):
    assert challenge_in_page(PAGES[case]) is None


@pytest.mark.parametrize("status", [401, 403, 405, 406, 429, 503])
async def test_a_refusal_is_named_by_the_page_that_comes_with_it(server, fetcher, status):
    server.routes["/"] = reply(status, CHALLENGES["human-mark"][0])

    with pytest.raises(FetchError, match=f"\\(HUMAN\\) stands before the feed \\({status}\\)"):
        await fetcher.fetch_url(server.url())


async def test_a_challenge_of_a_busy_status_is_told_from_trouble(server, fetcher):
    server.routes["/"] = reply(503, CHALLENGES["cloudflare-challenge"][0], {"Server": "cloudflare"})

    with pytest.raises(FetchError, match=r"\(Cloudflare\) stands before the feed \(503\)"):
        await fetcher.fetch_url(server.url())


@pytest.mark.parametrize(("status", "action"), [(202, "challenge"), (405, "captcha")])
async def test_a_challenge_without_a_page_is_named(server, fetcher, status, action):
    server.routes["/"] = reply(status, b"", {"x-amzn-waf-action": action})

    with pytest.raises(FetchError, match=r"bot challenge \(AWS WAF\)") as caught:
        await fetcher.fetch_url(server.url())
    assert caught.value.kind == "bot_challenge"


async def test_a_refusal_whose_page_never_ends_is_still_a_refusal(server, fetcher, monkeypatch):
    async def drip(request, writer):
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 100000\r\n\r\n<html>")
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.ingest.http.client._PAGE_SECONDS", 0.05)
    server.routes["/"] = drip

    with pytest.raises(FetchError, match="refuses us"):
        await fetcher.fetch_url(server.url())
