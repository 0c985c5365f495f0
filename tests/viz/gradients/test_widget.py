"""The debugger in a notebook: what its page asks is done in the kernel, and answered."""

from pathlib import Path
from typing import Any

import pytest

from tests.viz.web.debugged import network

pytest.importorskip("anywidget", reason="no anywidget here: the debugger is no widget")
pytestmark = pytest.mark.framework


def test_an_edit_in_the_frame_is_one_in_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    debugger, _ = network(tmp_path)
    made = debugger.widget(height=500)
    assert made.height == 500
    assert '"link":"frame"' in made.page
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(made, "send", sent.append)  # there is no notebook to send to
    made._handle_custom_msg({"do": "set_cell", "cell": 0, "value": 4.0}, [])
    made._handle_custom_msg("nonsense", [])
    assert debugger.input[0, 0] == 4
    assert sent[0]["document"]["input"]["values"][0] == 4
    assert "means nothing" in sent[1]["error"]
