"""The Chrome trace of some events: what the format demands, and arrows in pairs."""

from __future__ import annotations

import json

from gradloom.runtime import chrome
from gradloom.runtime.events import Event

EVENTS = (
    Event("call", "client", "client-0", 1.0, 1.0, session=0, number=4),
    Event("handle", "dispatcher", "dispatcher", 1.1, 1.2, session=0, number=4, command="Call"),
    Event("run", "worker", "worker-0", 1.5, 2.0, 0.3, 0, 4, -1, "f: add", "ab", (("add", 1.0),), 8),
    Event("send", "worker", "worker-0", 2.0, 2.1, session=0, number=1, value=3, bytes=8, peer="x"),
    Event("receive", "client", "client-0", 2.2, 2.2, session=0, number=1, value=3, peer="x"),
    Event("send", "worker", "worker-0", 3.0, 3.1, session=0, number=2, value=9, bytes=8, peer="x"),
    Event("dropped", "worker", "worker-0", 3.0, 3.0, number=12),
)  # fmt: skip


def test_a_trace_is_what_the_format_demands(tmp_path):
    chrome.write(tmp_path / "trace.json", EVENTS)
    trace = json.loads((tmp_path / "trace.json").read_text())
    for entry in trace["traceEvents"]:
        assert isinstance(entry["pid"], int)
        assert isinstance(entry["tid"], int)
        assert isinstance(entry["ts"], int | float)
        assert entry["ph"] in "MXstf"
        assert entry["ph"] != "X" or entry["dur"] > 0
    assert trace["otherData"] == {"dropped": 12}


def test_times_are_microseconds_and_details_are_kept():
    entries = chrome.trace(EVENTS)["traceEvents"]
    (run,) = [x for x in entries if x["ph"] == "X" and x["cat"] == "run"]
    assert (run["ts"], run["dur"], run["name"]) == (1.5e6, 0.5e6, "f: add")
    assert run["args"]["waited_us"] == 0.3e6
    assert run["args"]["ops"] == {"add": 1.0}


def test_every_process_and_lane_has_a_name():
    entries = chrome.trace(EVENTS)["traceEvents"]
    named = {x["pid"]: x["args"]["name"] for x in entries if x["name"] == "process_name"}
    assert sorted(named.values()) == ["client-0", "dispatcher", "worker-0"]
    lanes = {(x["pid"], x["tid"]) for x in entries if x["name"] == "thread_name"}
    assert {(x["pid"], x["tid"]) for x in entries if x["ph"] == "X"} == lanes


def test_arrows_come_in_pairs_and_lie_on_slices():
    entries = chrome.trace(EVENTS)["traceEvents"]
    flows: dict[int, list] = {}
    for x in entries:
        if x["ph"] in "stf":
            flows.setdefault(x["id"], []).append(x)
    assert sorted("".join(x["ph"] for x in flow) for flow in flows.values()) == ["sf", "stf"]
    slices = {(x["pid"], x["tid"], x["ts"]) for x in entries if x["ph"] == "X"}
    for flow in flows.values():
        assert all((x["pid"], x["tid"], x["ts"]) in slices for x in flow)
        assert flow[-1]["bp"] == "e"
