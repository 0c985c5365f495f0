"""A command of the user's recomputes the files after a save."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import ArgumentError, Cancelled, RemoteError
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.prefix import write_prefix
from gradloom.viz.gradients.recompute import Command
from gradloom.viz.gradients.source import Snapshot

ADAPTER = """
import pickle, sys
import numpy as np
prefix, input = sys.argv[1:]
x = np.load(input)
info = {"activation_gradients": {"a": 2 * x}, "gradient_flows": {}}
with open(prefix + "flow_info.pkl", "wb") as file:
    pickle.dump(info, file)
print("recomputed")
"""


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    """Three files, in a folder whose name a shell would take apart."""
    folder = tmp_path / "a folder; touch x"
    folder.mkdir()
    (folder / "adapter.py").write_text(ADAPTER)
    layer = Layer("a", (1, 3), gradient=np.zeros((1, 3)))
    write_prefix(Snapshot(np.zeros((1, 3)), (layer,), ()), np.zeros((1, 3)),
                 folder / "3_flow_info.pkl")  # fmt: skip
    return str(folder / "3_")


def script(text: str) -> list[str]:
    """A command that runs this."""
    return [sys.executable, "-c", text]


def opened(prefix: str, recompute: Any, **options: Any) -> Gradients:
    return gl.viz.gradients(prefix, recompute=recompute, **options).set_cell(0, 1, value=3.0)


def test_a_save_is_recomputed_and_shown(prefix: str) -> None:
    adapter = Path(prefix).parent / "adapter.py"
    shown = opened(prefix, [sys.executable, str(adapter), "{prefix}", "{input}"])
    assert shown.is_stale
    paths = shown.save("edited")
    assert [path.name for path in paths] == ["3_edited.npy", "3_flow_info.pkl"]
    assert shown.layers[0].gradient.tolist() == [[0.0, 6.0, 0.0]]
    assert (shown.is_stale, shown.edited, shown.input[0, 1]) == (False, (), 3.0)
    assert not shown.source.has_news()
    assert not (Path(prefix).parent.parent / "x").exists()


def test_what_a_failing_command_said_last_is_told_and_what_is_shown_stays(prefix: str) -> None:
    said = "import sys; print('x' * 9_000_000); print('\\033[31mno such model'); sys.exit(3)"
    shown = opened(prefix, script(said))
    layers = shown.layers
    with pytest.raises(RemoteError, match="ended with exit code 3") as raised:
        shown.save()
    told = str(raised.value)
    assert told.endswith("no such model")
    assert "\033" not in told
    assert len(told) < 5000
    assert shown.layers is layers
    assert shown.is_stale
    assert "no such model" in shown.data()["error"]


def test_a_command_that_writes_nothing_is_told(prefix: str) -> None:
    with pytest.raises(RemoteError, match="did not write"):
        opened(prefix, script("pass")).save()


def test_a_command_that_takes_too_long_is_ended(prefix: str) -> None:
    with pytest.raises(RemoteError, match=r"within 0\.2 s"):
        opened(prefix, script("import time; time.sleep(3600)"), timeout_s=0.2).save()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up as on Linux")
def test_a_command_is_given_up_with_its_children(prefix: str) -> None:
    child = "import os, time; print(os.getpid(), 'is at it', flush=True); time.sleep(3600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    shown = opened(prefix, script(parent))
    errors: list[Exception] = []

    def save() -> None:
        try:
            shown.save()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=save, daemon=True)
    thread.start()
    while (own := shown.source._command._child) is None or "is at it" not in own.tail:
        time.sleep(0.01)
    shown.work.cancel()
    thread.join(20)
    assert isinstance(errors[0], Cancelled)
    assert own.process.returncode is not None
    assert is_gone(int(own.tail.split()[0]))


def is_gone(pid: int) -> bool:
    """Whether there is no such process, or it is dead and waits for its parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()


@pytest.mark.parametrize("words", ["", [], "python 'x", [1], "   "])
def test_what_is_no_command_is_refused(prefix: str, words: Any) -> None:
    with pytest.raises(ArgumentError, match="no command"):
        gl.viz.gradients(prefix, recompute=words)


def test_a_command_that_is_not_there_is_told(prefix: str) -> None:
    for word in ("nowhere/nothing", "a\0b", str(Path(prefix).parent)):
        with pytest.raises(RemoteError, match="cannot be started"):
            opened(prefix, [word]).save()
    with pytest.raises(ArgumentError, match="timeout_s"):
        Command("make", 0)


def test_words_stand_for_themselves() -> None:
    given = ["{prefix}", "{input}{x}", "$HOME", "`x`", "{prefix}{prefix}"]
    words = Command(given).words("{input}", "i")
    assert words == ["{input}", "i{x}", "$HOME", "`x`", "{input}{input}"]
