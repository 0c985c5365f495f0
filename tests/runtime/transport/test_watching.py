"""A cluster of real processes that is watched: what is recorded is what happened, once each."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl

pytest.importorskip("zmq")

from gradloom.runtime import logs
from gradloom.runtime.reading import heard
from gradloom.runtime.recording import record
from gradloom.runtime.running import Announcement, running
from gradloom.runtime.transport.spectator import Spectator


def step(w, x):
    return w - 0.01 * (np.tanh(w @ x) @ x.T), np.sum(w * w)


W, X = np.linspace(-1, 1, 64).reshape(8, 8), np.linspace(-2, 2, 40).reshape(8, 5)
CALLS = 20


def train(session, calls=CALLS):
    """Calls that go from worker to worker, so that `w` has to follow; then one fetch."""
    graph = gl.trace(step, W, X)
    w, x = session.put(W), session.put(X)
    for turn in range(calls):
        w, _ = session.call(graph, [w, x], worker=turn % 2)
    return session.fetch(w)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    with gl.cluster(workers=2, backend="numpy", log=path) as made:
        made.path = path
        yield made


def recorded(cluster, work, most=None):
    """What is recorded while `work()` is done, and half a second longer."""
    batches: list = []
    done: list[float] = []
    spectator = Spectator(cluster.address, shown=batches.append)
    begun = threading.Event()

    def do() -> None:
        begun.wait(20)
        work()
        done.append(time.monotonic())

    def told(seconds: float, events: int) -> None:
        begun.set()
        if done and time.monotonic() > done[0] + 0.5:
            raise KeyboardInterrupt  # as people end a recording

    try:
        made = threading.Thread(target=do)
        made.start()
        found = record(spectator, batches, 60.0, most, told=told)
        made.join(20)
        return found
    finally:
        spectator.close()


def of(events, kind, role=None):
    return [e for e in events if e.kind == kind and role in (None, e.role)]


def test_every_call_and_transfer_is_recorded_once_with_its_bytes(cluster):
    session = cluster.connect("trainer")
    found = recorded(cluster, lambda: train(session))
    session.close()
    events = [e for e in found.events if e.role != "client" or e.who.startswith("trainer-")]
    assert found.dropped == 0
    assert all(e.start <= e.end and e.wait >= 0 for e in events)
    (number,) = {e.session for e in of(events, "call")}
    runs = [e for e in of(events, "run") if e.session == number]
    assert sorted(e.number for e in runs) == list(range(CALLS))
    assert {e.who for e in runs} == {"worker-0", "worker-1"}
    assert all(e.bytes == W.nbytes + 8 for e in runs)
    assert all(e.command.startswith("step: ") for e in (*runs, *of(events, "call")))
    assert all(sum(s for _, s in e.ops) == pytest.approx(1) for e in runs)
    assert sorted(e.number for e in of(events, "call")) == list(range(CALLS))
    assert {"Define", "Put", "Fetch"} <= {e.command for e in of(events, "handle")}
    # w and x come from the client once, x and each w go to the other worker, the last w comes back
    sends, receives = of(events, "send"), of(events, "receive")
    assert len({e.flow for e in sends}) == len(sends) == CALLS + 3
    assert {e.flow: e.bytes for e in sends} == {e.flow: e.bytes for e in receives}
    assert len(receives) == len(sends)
    sizes = Counter(e.bytes for e in sends)
    assert sizes == {W.nbytes: CALLS + 1, X.nbytes: 2}
    assert [e.bytes for e in of(events, "put")] == [W.nbytes, X.nbytes]
    (fetch,) = of(events, "fetch")
    assert fetch.bytes == W.nbytes


def test_a_run_begins_after_its_call_and_after_its_values_have_come(cluster):
    session = cluster.connect("trainer")
    found = recorded(cluster, lambda: train(session))
    session.close()
    called = {e.flow: e.start for e in of(found.events, "call")}
    for run in of(found.events, "run"):
        assert run.start >= called[run.flow]
    sent = {e.flow: e.start for e in of(found.events, "send")}
    for receive in of(found.events, "receive"):
        assert receive.end >= sent[receive.flow]


def test_an_error_is_an_event_with_the_message(cluster):
    def checks(x):
        assert x.sum() > 0, "too small"
        return x * 2

    def work():
        with pytest.raises(gl.RemoteError, match="too small"):
            gl.compile(checks, backend=session)(np.full(3, -1.0))

    session = cluster.connect()
    (error,) = of(recorded(cluster, work).events, "error")
    session.close()
    assert "too small" in error.detail
    assert error.role == "worker"


def test_a_recording_ends_after_so_many_events(cluster):
    session = cluster.connect()
    found = recorded(cluster, lambda: train(session), most=30)
    session.close()
    assert len(found.events) == 30


def test_a_watcher_that_stops_reading_harms_nobody(cluster):
    program = (
        "import sys, time\n"
        "from gradloom.runtime.transport.spectator import Spectator\n"
        "s = Spectator(sys.argv[1]); s.watch(); s.survey(); print('on', flush=True)\n"
        "time.sleep(60)"
    )
    watcher = subprocess.Popen(
        [sys.executable, "-c", program, cluster.address], stdout=subprocess.PIPE, text=True
    )
    try:
        assert watcher.stdout.readline() == "on\n"
        os.kill(watcher.pid, signal.SIGSTOP)
        session = cluster.connect()
        due = train(session, 200)
        np.testing.assert_array_equal(due, train(session, 200))
        session.close()
    finally:
        watcher.kill()
        watcher.communicate()


def test_what_a_slow_watcher_has_no_room_for_is_counted(cluster):
    batches: list = []
    spectator = Spectator(cluster.address, shown=batches.append, room=4)
    session = cluster.connect()
    spectator.watch()
    spectator.survey()
    end = time.monotonic() + 1.5  # more batches than fit, and nobody asks for more
    while time.monotonic() < end:
        train(session, 2)
    session.close()
    found = record(spectator, batches, 0.5)
    spectator.close()
    assert found.dropped > 0
    assert found.dropped == sum(e.number for e in of(found.events, "dropped"))


def cli(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "gradloom.cli", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_top_prints_one_table_where_there_is_no_terminal(cluster):
    shown = cli("top", "-a", cluster.address, "--once")
    assert shown.returncode == 0, shown.stderr
    for word in ("worker-0", "worker-1", "numpy cpu", "idle", "client-"):
        assert word in shown.stdout
    assert "\x1b" not in shown.stdout


def test_top_tells_programs_the_same(cluster):
    busy, session = threading.Event(), cluster.connect()
    large = np.ones((300, 300))
    run = gl.compile(lambda x: np.tanh(x @ x @ x), backend=session)

    def work():
        while not busy.is_set():
            run(large)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        told = json.loads(cli("top", "-a", cluster.address, "--json", "-i", "0.4").stdout)
    finally:
        busy.set()
        thread.join()
        session.close()
    assert [x["name"] for x in told["workers"]] == ["worker-0", "worker-1"]
    for x in told["workers"]:
        assert sum(x["ops"].values()) + x["idle"] == pytest.approx(1)
        assert x["rss"] > 0
    assert sum(x["ops"].get("matmul", 0) for x in told["workers"]) > 0
    assert sum(x["runs_per_s"] for x in told["workers"]) > 0
    assert sum(x["share"] for x in told["sessions"]) == pytest.approx(1)


@pytest.mark.parametrize("name", ["events.jsonl", "events.txt", "trace.json"])
def test_record_writes_a_file_of_each_kind(cluster, tmp_path, name):
    session, done = cluster.connect(), threading.Event()

    def work():
        while not done.is_set():
            train(session, 3)

    thread = threading.Thread(target=work)
    thread.start()
    path = tmp_path / name
    try:
        shown = cli("record", "-a", cluster.address, "-s", "5", "-n", "40", "-o", str(path))
    finally:
        done.set()
        thread.join()
        session.close()
    assert shown.returncode == 0, shown.stderr
    assert "40 events" in shown.stdout
    if name.endswith(".jsonl"):
        assert len(heard(path).events) == 40
    elif name.endswith(".txt"):
        lines = path.read_text().splitlines()
        assert len([x for x in lines if not x.startswith("#")]) == 40
    else:
        trace = json.loads(path.read_text())
        assert {"X", "M"} <= {x["ph"] for x in trace["traceEvents"]}


def test_the_dispatcher_is_found_by_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    address = f"ipc://{tmp_path}/hub"
    serve = subprocess.Popen(
        [sys.executable, "-m", "gradloom.cli", "serve", "-a", address, "--name", "mine"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert address in serve.stdout.readline()
        assert f"{address}: 0 workers" in cli("top", "--once").stdout
        other = Announcement("ipc:///other", "theirs")
        both = cli("record", "-s", "0.1", "-o", str(tmp_path / "x.jsonl"))
        other.close()
        assert both.returncode == 1
        for told in (address, "mine", "ipc:///other", "theirs"):
            assert told in both.stderr
    finally:
        serve.kill()
        serve.communicate()
    assert running() == ()


LINE = re.compile(
    r"^ *\d+\.\d{6}s \| #\d{6,} \| [a-z]+ +\| (?:CLIENT|DISPATCHER|WORKER) +\S+ +\|"
    r"[^|]*\|[^|]*\|.*$"
)


@pytest.mark.parametrize("name", ["log.txt", "log.jsonl"])
def test_a_log_tells_all_that_happened_in_order(tmp_path, name, monkeypatch):
    path = tmp_path / "folder" / name
    monkeypatch.setenv("GRADLOOM_INSTRUCTION_LOG", str(path))
    with gl.cluster(workers=2, backend="numpy") as made:
        train(made.session)
    if name.endswith(".txt"):
        lines = [x for x in path.read_text().splitlines() if not x.startswith("#")]
        assert all(LINE.match(x) for x in lines)
        assert sum(" | run " in x for x in lines) == CALLS
        assert sum(" | call " in x for x in lines) == CALLS
        assert [int(x.split("#")[1][:6]) for x in lines] == list(range(len(lines)))
        return
    events = heard(path).events
    kinds = Counter(e.kind for e in events)
    assert kinds["run"] == kinds["call"] == CALLS
    assert kinds["send"] == kinds["receive"] == CALLS + 3
    assert kinds["join"] == 3
    handled = [e.number for e in events if e.kind == "handle" and e.command == "Call"]
    assert sorted(handled) == list(range(CALLS))
    ends = [json.loads(x)["end"] for x in path.read_text().splitlines()[1:]]
    assert ends == sorted(ends)
    assert json.loads(path.read_text().splitlines()[0])["format"] == logs.FORMAT
    assert Path(path).stat().st_size


def test_a_programs_source_and_events_go_where_the_environment_says(tmp_path):
    program = (
        "import numpy as np, gradloom as gl\n"
        "with gl.cluster(workers=1, backend='numpy'):\n"
        "    gl.compile(lambda x: np.tanh(x) + 1, backend='cluster')(np.ones(3))\n"
    )
    flags = ("VERBOSE", "DEBUG_CLIENT", "DEBUG_DISPATCHER", "DEBUG_WORKER")
    environment = {**os.environ, **{f"GRADLOOM_{flag}": "1" for flag in flags}}
    environment["GRADLOOM_SAVE_PROGRAMS"] = str(tmp_path / "programs")
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    (source,) = (tmp_path / "programs").glob("*.py")
    assert "tanh" in source.read_text()
    for told in ("gradloom: join: worker-0", "[CLIENT]", "[DISPATCHER]", "[WORKER]"):
        assert told in run.stderr
    assert run.stdout == ""
