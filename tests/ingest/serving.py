"""A scripted server on loopback: raw bytes in the order and at the pace that a test wants."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

RSS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>'
    b"<item><guid>1</guid><title>Talks begin</title><link>https://example.org/1</link>"
    b"<pubDate>Tue, 12 Jun 2018 08:00:00 GMT</pubDate></item></channel></rss>"
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What arrived: the path with its query, and the headers in lower case."""

    path: str
    headers: Mapping[str, str]


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Where it listens, what it answers, and what it was asked."""

    port: int = 0
    routes: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines if ": " in line)
            request = Request(
                path=first.split()[1], headers={k.lower(): v for k, v in headers.items()}
            )
            self.requests.append(request)
            self.open_now += 1
            self.most_open = max(self.most_open, self.open_now)
            answer = self.routes.get(request.path.partition("?")[0], reply(404, b"nothing"))
            await answer(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, which hostile answers provoke
        finally:
            self.open_now -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def reply(status: int = 200, body: bytes = RSS, headers: Mapping[str, str] | None = None) -> Answer:
    """A plain answer with its length."""
    fields = {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + body)
        await writer.drain()

    return answer


def raw(data: bytes) -> Answer:
    """Exactly these bytes, then the end."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    return reply(status, b"", {"Location": to})


@contextlib.asynccontextmanager
async def serving(routes: Mapping[str, Answer] | None = None) -> AsyncIterator[Server]:
    """A server on a free port of 127.0.0.1."""
    server = Server(routes=dict(routes or {}))
    listener = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
