"""Programs outside, in a browser: what hangs, dies, is recomputed, or is written by others."""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.gradients.isolated import Isolated
from tests.viz.gradients import misbehaving as m
from tests.viz.gradients.test_files import write
from tests.viz.gradients.test_recompute import ADAPTER

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here")
pytest.importorskip("uvicorn", reason="no uvicorn here: the debugger is not served")
expect = sync_api.expect
STARTS_MS = 30_000
"""A process that starts anew on a busy machine."""


def edit(page: Any, value: float, cell: int = 0) -> None:
    """An edit as the page sends it."""
    page.evaluate("([cell, value]) => gradients.app.edit(cell, value)", [cell, value])


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_a_program_that_hangs_is_given_up_and_one_that_dies_is_told(opened: Any) -> None:
    debugger = gl.viz.gradients(f"{m.__file__}:source")
    assert isinstance(debugger.source, Isolated)
    with debugger.serve() as server:
        page = opened(server.url)
        expect(page.locator("#status")).to_have_text("live")
        edit(page, m.SLEEP)
        expect(page.locator("#busy")).to_contain_text("computing for 1 s")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#told")).to_contain_text("given up after")
        expect(page.locator("#busy")).to_be_hidden()
        edit(page, m.SLEEP)
        expect(page.locator("#busy")).to_contain_text(
            re.compile(r"computing for \d+ s"), timeout=STARTS_MS
        )
        os.kill(debugger.source._child.process.pid, signal.SIGKILL)
        expect(page.locator("#told")).to_contain_text("was ended by SIGKILL", timeout=STARTS_MS)
        assert page.evaluate("gradients.app.now.layers[1].activation") == [0, 0, 0]  # kept
        edit(page, m.FINE)
        edit(page, 7.0, cell=1)
        expect(page.locator("#told")).to_be_hidden(timeout=STARTS_MS)
        assert page.evaluate("gradients.app.now.layers[1].activation") == [0, 14, 0]
    debugger.source._child.close()


def test_saving_runs_the_command_and_a_failure_shows_its_last_words(
    opened: Any, tmp_path: Path
) -> None:
    write(f"{tmp_path}/3_", {"a": np.zeros((4, 4))}, {})
    adapter = tmp_path / "adapter.py"
    adapter.write_text(ADAPTER)
    command = [sys.executable, str(adapter), "{prefix}", "{input}"]
    with gl.viz.gradients(f"{tmp_path}/3_", recompute=command).serve() as server:
        page = opened(server.url)
        edit(page, 3.0)
        page.click("#save")
        expect(page.locator("#told")).to_contain_text("Saved")
        assert page.evaluate("gradients.app.now.layers[0].gradient[0]") == 6
        adapter.write_text("print('</p><b id=evil>boom'); 1 / 0")
        edit(page, 4.0)
        page.click("#save")
        expect(page.locator("#told")).to_contain_text("<b id=evil>boom")
        expect(page.locator("#told")).to_contain_text("ZeroDivisionError")
        assert page.locator("#evil").count() == 0
        write(f"{tmp_path}/3_", {"a": np.full((4, 4), 5.0)}, {})
        expect(page.locator("#news")).to_contain_text("have changed since they were read")
        page.click("#render")
        expect(page.locator("#news")).to_be_hidden()
        assert page.evaluate("gradients.app.now.layers[0].gradient[0]") == 5
