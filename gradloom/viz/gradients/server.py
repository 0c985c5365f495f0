"""The gradient debugger's own server: one page and its socket, for this computer's user alone.

It listens on the loopback address; the address holds a random word without which nothing is
answered; requests that a page from elsewhere makes the browser send are told by their `Host` and
`Origin` and refused.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, BackendMissing
from gradloom.viz.gradients.debugger import Gradients, News
from gradloom.viz.gradients.talk import Answer, Talk
from gradloom.viz.palette import palette
from gradloom.viz.writers.page import embedded

LOOPBACK: Final = "127.0.0.1"
TOKEN_BYTES: Final = 24
"""192 random bits: more than anyone can try."""
LARGEST: Final = 64 * 1024
"""Bytes of a message from a page; the longest that ours sends, a file's name, has a few hundred."""
PATIENCE_S: Final = 5.0
"""A page that does not take an answer for so long is no longer told: it asks when it is back."""
BUSY_S: Final = 0.3
"""What takes longer is told of: shorter waits are hardly noticed."""
LOOK_S: Final = 0.5
"""Between two looks at files that others may change."""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@final
class Server:
    """A server that runs until `stop()`, or to the end of a `with` block; `url` is the page's
    address, with the secret word `token` in it, which a server that comes back may be given again.
    """

    def __init__(
        self, debugger: Gradients, port: int = 0, theme: str = "auto", token: str = ""
    ) -> None:
        self._talk = Talk(debugger, self._heard)
        self._theme = theme
        self._pages: set[Any] = set()
        self._news: dict[News, None] = {}  # what pages are yet to be told of, each once
        self._loop: asyncio.AbstractEventLoop | None = None  # from the first page on
        self._telling: asyncio.Task[None] | None = None
        self._is_busy = False  # as pages were told
        self._socket = _listening(port)
        self.port = int(self._socket.getsockname()[1])
        self.token = token or secrets.token_urlsafe(TOKEN_BYTES)
        self.url = f"http://{LOOPBACK}:{self.port}/{self.token}/"
        self._uvicorn = _uvicorn(self._application())
        self._thread = threading.Thread(
            target=self._uvicorn.run, args=([self._socket],), name="gradients", daemon=True
        )
        self._thread.start()

    def wait(self, is_asked: Callable[[], bool] = bool) -> None:
        """Return when the server has ended, or soon after `is_asked()` says that it should."""
        while self._thread.is_alive() and not is_asked():
            self._thread.join(timeout=0.5)  # a join without end keeps Ctrl-C from Windows' users

    def stop(self) -> None:
        """End the server; its pages say so and keep what they show."""
        self._talk.end()
        self._uvicorn.should_exit = True
        self._uvicorn.force_exit = True  # pages keep their sockets open, and need not be waited for
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Server({self.url!r})"

    # ---- what is answered ----------------------------------------------------------------------

    def _application(self) -> Any:
        from starlette.applications import Starlette
        from starlette.routing import Route, WebSocketRoute

        return Starlette(
            routes=[
                Route("/{token}/", self._page),
                Route("/{token}/explore", self._program),
                WebSocketRoute("/{token}/socket", self._converse),
            ]
        )

    async def _page(self, request: Any) -> Any:
        from anyio import to_thread
        from starlette.responses import HTMLResponse, PlainTextResponse

        if not self._is_ours(request):
            return PlainTextResponse("Not found", 404, _HEADERS)
        page = await to_thread.run_sync(self._talk.page, "socket", self._theme)
        return HTMLResponse(page, headers=_HEADERS)

    async def _program(self, request: Any) -> Any:
        from anyio import to_thread
        from starlette.responses import HTMLResponse, PlainTextResponse

        page = ""
        if self._is_ours(request):
            page = await to_thread.run_sync(self._talk.program, self._theme)
        if not page:
            return PlainTextResponse("Not found", 404, _HEADERS)
        return HTMLResponse(page, headers=_HEADERS)

    async def _converse(self, page: Any) -> None:
        from anyio import create_task_group, to_thread
        from starlette.websockets import WebSocketDisconnect

        origin = page.headers.get("origin", "")
        if not self._is_ours(page) or origin not in self._homes("http://"):
            await page.close(1008)  # policy violation, RFC 6455, section 7.4.1
            return
        await page.accept()
        self._loop = asyncio.get_running_loop()
        self._pages.add(page)
        try:
            async with create_task_group() as answers:
                answers.start_soon(self._look_at_files, page)
                with suppress(WebSocketDisconnect):
                    while True:
                        message = _read(await page.receive_text())
                        rest = await to_thread.run_sync(self._talk.begin, message)
                        answers.start_soon(self._answer, page, rest)
                answers.cancel_scope.cancel()
        except asyncio.CancelledError:  # the server ends: nothing that anybody need be told of
            pass
        finally:
            self._pages.discard(page)

    async def _answer(self, page: Any, rest: Callable[[], Answer]) -> None:
        """What may take long of a message; all pages are told that it does."""
        from anyio import create_task_group, to_thread

        async with create_task_group() as waiting:
            waiting.start_soon(self._tell_busy, page)
            # A source that never ends keeps its own thread, and not the server's end.
            answer = await to_thread.run_sync(rest, abandon_on_cancel=True)
            waiting.cancel_scope.cancel()
        await self._send(answer.told, page)
        await self._send(answer.for_others, *self._pages - {page})
        if self._is_busy and (busy := self._talk.busy) is None:
            self._is_busy = False
            await self._send({"busy": busy}, *self._pages)

    async def _tell_busy(self, page: Any) -> None:
        from anyio import sleep, to_thread

        await sleep(BUSY_S)
        await self._send(await to_thread.run_sync(self._talk.news, "document"), page)
        what = ""
        while True:
            busy = self._talk.busy
            if busy is not None and busy["what"] != what:
                what = busy["what"]
                self._is_busy = True
                await self._send({"busy": busy}, *self._pages)
            await sleep(BUSY_S)

    async def _look_at_files(self, page: Any) -> None:
        """Tell a page when files have changed, once each time."""
        from anyio import sleep, to_thread

        told = ""
        while True:
            await sleep(LOOK_S)
            text = await to_thread.run_sync(self._talk.files, abandon_on_cancel=True)
            if text != told:
                told = text
                await self._send({"news": text}, page)

    async def _send(self, told: Mapping[str, Any], *pages: Any) -> None:
        text = embedded(told) if told and pages else ""
        for page in pages:
            if text and not await _sent(page.send_text, text):
                self._pages.discard(page)

    # ---- what the program does ------------------------------------------------------------------

    def _heard(self, news: News) -> None:
        """In the thread of the program: the pages will be told, once for many changes."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the server has ended in between
                loop.call_soon_threadsafe(self._note, news)

    def _note(self, news: News) -> None:
        self._news[news] = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        from anyio import to_thread

        while self._news:
            news = next(iter(self._news))
            del self._news[news]
            told = await to_thread.run_sync(self._talk.news, news)
            await self._send(told, *self._pages)

    def _is_ours(self, request: Any) -> bool:
        given = str(request.path_params.get("token", "")).encode()
        named = request.headers.get("host", "") in self._homes()
        return secrets.compare_digest(given, self.token.encode()) and named

    def _homes(self, before: str = "") -> tuple[str, ...]:
        return tuple(f"{before}{host}:{self.port}" for host in (LOOPBACK, "localhost"))


def _read(text: str) -> Mapping[str, Any]:
    """A message; what is none is an empty one, which is answered by an error."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def _sent(send: Callable[[str], Awaitable[None]], text: str) -> bool:
    from anyio import move_on_after
    from starlette.websockets import WebSocketDisconnect

    with move_on_after(PATIENCE_S) as patience:
        try:
            await send(text)
        except (WebSocketDisconnect, RuntimeError):  # it left while it was being answered
            return False
    return not patience.cancelled_caught


def _listening(port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ArgumentError(f"port={port} is none", hint="0 takes any that is free")
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let two programs listen on one port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
        made.listen()  # a page that comes before the server is up waits
    except OSError as error:
        made.close()
        raise ArgumentError(
            f"port {port} cannot be listened on: {error}", hint="0 takes any that is free"
        ) from error
    return made


def _uvicorn(application: Any) -> Any:
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            application, log_level="warning", access_log=False, server_header=False,
            ws="websockets-sansio", ws_max_size=LARGEST, lifespan="off",
        )
    )  # fmt: skip


def serve(debugger: Gradients, port: int = 0, theme: str = "auto") -> Server:
    """A server of this debugger's page at `.url`, on the loopback address; any free port for 0.

    Raises `BackendMissing` where starlette, uvicorn or websockets are missing, `ArgumentError` for
    a port that cannot be had.
    """
    if theme != "auto":
        palette(theme)  # says which there are
    _require()
    return Server(debugger, port, theme)


def _require() -> None:

    missing = [name for name in ("starlette", "uvicorn", "websockets") if find_spec(name) is None]
    if missing:
        raise BackendMissing(
            f"the gradient debugger's server needs {', '.join(missing)}",
            hint="pip install 'gradloom[debugger]', or write a page with .export(path)",
        )
