"""A real browser for the pages: Debian's chromium, driven by Playwright."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.viz.web.debugged import Network, network

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="no playwright here: pages are not tried in a browser"
)
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "viz/web" in item.path.as_posix():
            item.add_marker(pytest.mark.framework)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A chromium without a screen; skips by name where none is installed.

    It ends with its file: while it is there, an event loop runs in this thread, which programs of
    other tests want to start themselves.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium here: pages are not tried in a browser")
    with sync_api.sync_playwright() as p:
        started = p.chromium.launch(executable_path=program, args=_FLAGS)
        yield started
        started.close()


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Any) -> Iterator[Opened]:
    """Opens a file, or the address of a server of ours, as a page; after the test, no page may have
    raised, warned of an error (but those `expected`), or asked for anything but itself.
    """
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_page(path: Path | str, expected: tuple[str, ...] = (), **settings: Any) -> Any:
        address = path.as_uri() if isinstance(path, Path) else path
        if not isinstance(path, Path):  # a page tries again when its server has ended before it
            expected = (*expected, "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET")
        own = ("data:", "blob:", "file:" if address.startswith("file:") else address)
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on(
            "console",
            lambda m: (
                wrong.append(m.text)
                if m.type == "error" and not any(word in m.text for word in expected)
                else None
            ),
        )
        page.on("dialog", lambda d: (wrong.append(f"dialog: {d.message}"), d.dismiss()))
        page.on(
            "request",
            lambda r: None if r.url.startswith(own) else wrong.append(r.url),
        )
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def frozen(opened: Opened, tmp_path: Path) -> Any:
    """A frozen page of the gradient debugger of a small network."""
    return opened(network(tmp_path)[0].export(tmp_path / "page.html"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Any, Network, Any]]:
    """A gradient debugger, its source, its server."""
    for needed in ("starlette", "uvicorn", "websockets"):
        pytest.importorskip(needed, reason=f"no {needed} here: the debugger is not served")
    debugger, source = network(tmp_path)
    with debugger.serve() as server:
        yield debugger, source, server


Served = Callable[..., Any]


@pytest.fixture
def served(opened: Opened) -> Iterator[Served]:
    """Serves a debugger and opens its page, which is connected."""
    servers: list[Any] = []

    def open_debugger(debugger: Any, **settings: Any) -> Any:
        servers.append(debugger.serve())
        return connected(opened(servers[-1].url, **settings))

    yield open_debugger
    for server in servers:
        server.stop()


@pytest.fixture
def live(running: Any, opened: Opened) -> Any:
    """A page that is connected."""
    return connected(opened(running[2].url))


def connected(page: Any) -> Any:
    """The page, when Python answers it."""
    sync_api.expect(page.locator("#status")).to_have_text("live")
    return page
