"""Requests through the guard: what is judged is what is connected to, hop by hop."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from bot.domain.errors import FetchError
from bot.ingest.http.client import Fetcher
from bot.ingest.http.ssrf import GuardedBackend, checked_addresses
from tests.ingest.conftest import LOOPBACK, NOW, QUICK
from tests.ingest.serving import RSS, redirect, reply, serving

BLOCKED_URLS = {
    "url-loopback": "http://127.0.0.1/feed",
    "url-localhost-by-name": "http://localhost/feed",
    "url-localhost-with-dot": "http://localhost./feed",
    "url-private": "http://10.0.0.1/feed",
    "url-metadata": "http://169.254.169.254/latest/meta-data/",
    "url-metadata-port": "http://169.254.169.254:80/",
    "url-decimal": "http://2130706433/",
    "url-hexadecimal": "http://0x7f000001/",
    "url-octal": "http://0177.0.0.1/",
    "url-short": "http://127.1/",
    "url-full-width": "http://１２７.0.0.1/",
    "url-ideographic-dots": "http://127。0。0。1/",
    "url-zero": "http://0/",
    "url-ipv6-loopback": "http://[::1]/",
    "url-ipv6-mapped": "http://[::ffff:127.0.0.1]/",
    "url-ipv6-mapped-hex": "http://[::ffff:7f00:1]/",
    "url-nat64": "http://[64:ff9b::7f00:1]/",
    "url-6to4": "http://[2002:7f00:1::]/",
    "url-ula": "http://[fd00::1]/",
    "url-ssh-port": "http://8.8.8.8:22/",
    "url-smtp-port": "https://8.8.8.8:25/",
}
BAD_URLS = {
    "scheme-file": "file:///etc/passwd",
    "scheme-ftp": "ftp://8.8.8.8/feed",
    "scheme-gopher": "gopher://8.8.8.8:70/_",
    "scheme-data": "data:text/xml,<rss/>",
    "scheme-javascript": "javascript:alert(1)",
    "scheme-jar": "jar:http://8.8.8.8!/",
    "scheme-unix": "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "scheme-missing": "//8.8.8.8/feed",
    "path-only": "/etc/passwd",
    "credentials": "http://user:secret@8.8.8.8/feed",
    "credentials-hide-host": "http://8.8.8.8@127.0.0.1/feed",
    "backslash": "http://8.8.8.8\\@127.0.0.1/",
    "line-break": "http://8.8.8.8/\r\nX-Injected: 1",
    "null-byte": "http://8.8.8.8/\x00",
    "space-in-host": "http://8.8.8.8 .example/",
    "no-host": "http:///feed",
    "port-beyond-range": "http://8.8.8.8:99999/",
    "port-zero": "http://8.8.8.8:0/",
    "broken-bracket": "http://[::1/",
    "too-long": "http://8.8.8.8/" + "a" * 3000,
}
BLOCKED_REDIRECTS = {
    "redirect-to-private": "http://10.0.0.1/",
    "redirect-to-metadata": "http://169.254.169.254/latest/meta-data/",
    "redirect-to-ipv6-loopback": "http://[::1]:8080/",
    "redirect-to-decimal": "http://167772161/",
    "redirect-to-mapped": "http://[::ffff:10.0.0.1]/",
    "redirect-to-full-width": "http://%EF%BC%91%EF%BC%90.0.0.1/",
    "redirect-to-file": "file:///etc/passwd",
    "redirect-to-other-scheme": "gopher://example.org/",
    "redirect-to-credentials": "http://user:pw@example.org/",
    "redirect-to-script": "javascript:alert(1)",
    "redirect-to-bad-port": "http://example.org:25/",
    "redirect-scheme-relative": "//10.0.0.1/",
}
ANSWERS = {
    "answer-private": ["10.0.0.1"],
    "answer-loopback": ["127.0.0.1"],
    "answer-metadata": ["169.254.169.254"],
    "answer-public-then-private": ["8.8.8.8", "10.0.0.1"],
    "answer-private-then-public": ["192.168.0.1", "8.8.8.8"],
    "answer-ipv6-private-beside-public": ["8.8.8.8", "fd00::1"],
    "answer-mapped": ["::ffff:169.254.169.254"],
    "answer-zone": ["fe80::1%2"],
    "answer-no-address": ["not-an-address"],
}
SECURITY_TABLE = {
    "test_urls_to_inner_places_are_blocked": BLOCKED_URLS,
    "test_urls_that_are_no_web_addresses_are_refused": BAD_URLS,
    "test_redirects_to_inner_places_are_refused": BLOCKED_REDIRECTS,
    "test_a_name_with_any_inner_address_is_blocked": ANSWERS,
}


class Names:
    """A resolver with one list of answers for each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


@contextlib.asynccontextmanager
async def fetcher_with(resolver, allowed=()):
    async with Fetcher(
        user_agent="t", allow_networks=allowed, limits=QUICK, resolver=resolver, clock=lambda: NOW
    ) as made:
        yield made


async def failure_of(url, *answers, allowed=()):
    names = Names(*(answers or [["127.0.0.1"]]))
    async with fetcher_with(names, allowed) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch_url(url)
    return caught.value, names


@pytest.mark.parametrize("case", BLOCKED_URLS)
async def test_urls_to_inner_places_are_blocked(case):
    error, _ = await failure_of(BLOCKED_URLS[case])

    assert error.kind == "blocked"
    assert "leads to" in str(error)


@pytest.mark.parametrize("case", BAD_URLS)
async def test_urls_that_are_no_web_addresses_are_refused(case):
    error, names = await failure_of(BAD_URLS[case])

    assert error.kind == "scheme"
    assert names.asked == []


@pytest.mark.parametrize("case", BLOCKED_REDIRECTS)
async def test_redirects_to_inner_places_are_refused(case, server):
    server.routes["/"] = redirect(BLOCKED_REDIRECTS[case])

    error, _ = await failure_of(server.url(host="feeds.example"), allowed=LOOPBACK)

    assert error.kind in {"blocked", "redirects", "scheme"}
    assert len(server.requests) == 1


@pytest.mark.parametrize("case", ANSWERS)
async def test_a_name_with_any_inner_address_is_blocked(case):
    error, names = await failure_of("http://feeds.example/", ANSWERS[case])

    assert error.kind == "blocked"
    assert len(names.asked) == 1


async def test_a_name_is_resolved_once_so_a_second_answer_changes_nothing(server):
    """DNS rebinding: the name answers with another address when it is asked again."""
    server.routes["/"] = reply()
    names = Names(["127.0.0.1"], ["10.0.0.1"])

    async with fetcher_with(names, LOOPBACK) as fetcher:
        fetched = await fetcher.fetch_url(server.url(host="rebinding.example"))

    assert fetched.body == RSS
    assert names.asked == ["rebinding.example"]
    assert server.requests[0].headers["host"] == f"rebinding.example:{server.port}"


async def test_a_name_that_turns_inward_for_the_redirect_is_blocked(server):
    server.routes["/"] = redirect("http://second.example/")

    error, names = await failure_of(
        server.url(host="first.example"), ["127.0.0.1"], ["169.254.169.254"], allowed=LOOPBACK
    )

    assert error.kind == "blocked"
    assert names.asked == ["first.example", "second.example"]


async def test_the_next_address_is_tried_when_the_first_does_not_answer(server):
    server.routes["/"] = reply()

    async with fetcher_with(Names(["127.0.0.2", "127.0.0.1"]), LOOPBACK) as fetcher:
        assert (await fetcher.fetch_url(server.url(host="feeds.example"))).body == RSS


async def test_an_unknown_name_is_said_to_be_unknown():
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    async with fetcher_with(nowhere) as fetcher:
        with pytest.raises(FetchError, match=r"the name nowhere\.example is not known") as caught:
            await fetcher.fetch_url("http://nowhere.example/")
    assert caught.value.kind == "dns"


async def test_a_resolver_that_hangs_is_given_up():
    async def hanging(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    backend = GuardedBackend(resolver=hanging, allowed=())
    with pytest.raises(Exception, match="no answer about the name"):
        await backend.connect_tcp("feeds.example", 80, timeout=0.05)


async def test_tls_asks_for_the_name_not_the_address():
    """The server name in the TLS greeting is the host of the url (SNI)."""
    greeting = asyncio.get_running_loop().create_future()

    async def listen(reader, writer):
        greeting.set_result(await reader.read(2000))
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, fetcher_with(Names(["127.0.0.1"]), LOOPBACK) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.fetch_url(f"https://feeds.example:{port}/")
    assert b"feeds.example" in greeting.result()


async def test_proxies_named_in_the_environment_are_not_used(monkeypatch, server):
    server.routes["/"] = reply()
    async with serving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        async with fetcher_with(Names(["127.0.0.1"]), LOOPBACK) as fetcher:
            await fetcher.fetch_url(server.url(host="feeds.example"))
        assert proxy.requests == []


async def test_at_most_eight_addresses_of_a_name_are_kept():
    many = Names([f"8.8.{n}.8" for n in range(50)])

    kept = await checked_addresses("feeds.example", 80, resolver=many, allowed=())

    assert [str(address) for address in kept] == [f"8.8.{n}.8" for n in range(8)]


async def test_sockets_of_this_machine_are_never_opened():
    backend = GuardedBackend(resolver=Names([]), allowed=LOOPBACK)
    with pytest.raises(Exception, match="socket of this machine"):
        await backend.connect_unix_socket("/var/run/docker.sock")


@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER.example", "bu\u0308cher.example"])
async def test_international_names_are_asked_for_in_punycode(server, fetcher, host):
    server.routes["/feed"] = redirect("/there")
    server.routes["/there"] = reply()

    answer = await fetcher.fetch_url(f"http://{host}:{server.port}/feed")

    assert answer.body == RSS
    assert {request.headers["host"] for request in server.requests} == {
        f"xn--bcher-kva.example:{server.port}"
    }


async def test_a_redirect_may_lead_to_an_international_name(server, fetcher):
    server.routes["/"] = redirect(f"http://xn--bcher-kva.example:{server.port}/there")
    server.routes["/there"] = reply()

    assert (await fetcher.fetch_url(server.url())).body == RSS
