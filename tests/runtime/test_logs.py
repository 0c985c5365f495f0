"""Logs: what is written reads back, in the order in which it was over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradloom.ir.errors import FileError
from gradloom.runtime import logs
from gradloom.runtime.events import Event, pack
from gradloom.runtime.reading import heard
from gradloom.runtime.watch import Shown


def shown(who, *events, lost=0, behind=0.0, endpoint=""):
    return Shown("worker", who, endpoint, len(events), lost, pack(events), behind, 0.0)


def run(who, end, number=0):
    shares = (("add", 1.0),)
    return ("run", "worker", who, end - 0.25, end, 0.125, 0, number, -1, "f: add", "ab", shares, 8)


def test_json_lines_read_back_as_the_events_that_they_were(tmp_path):
    log = logs.Log(tmp_path / "a" / "log.jsonl", 10.0, 1e9)
    log.add(shown("w1", run("w1", 12.0), run("w1", 14.0)))
    log.add(shown("w0", run("w0", 11.0), lost=3))
    log.write(13.0)
    log.add(shown("w0", run("w0", 20.0), behind=-7.0))
    log.close()
    read = heard(tmp_path / "a" / "log.jsonl").events
    assert [(e.kind, e.who, e.end) for e in read] == [
        ("dropped", "w0", 0.75), ("run", "w0", 1.0), ("run", "w1", 2.0), ("run", "w0", 3.0),
        ("run", "w1", 4.0),
    ]  # fmt: skip
    assert read[0].number == 3
    assert read[2] == Event(*run("w1", 2.0))


def test_what_is_recent_waits_for_what_belongs_before_it(tmp_path):
    path = tmp_path / "log.txt"
    log = logs.Log(path, 0.0, 1e9)
    log.add(shown("w", run("w", 5.0)))
    log.write(5.1)
    assert " run " not in path.read_text()
    log.write(6.0)
    assert path.read_text().count(" run ") == 1
    log.close()


def test_mailboxes_and_programs_are_called_by_their_names(tmp_path):
    log = logs.Log(tmp_path / "log.jsonl", 0.0, 1e9)
    send = ("send", "worker", "w", 1.0, 1.5, 0.0, 0, 1, 2, "", "", (), 8, "ipc:///x/y")
    call = ("call", "client", "c", 2.0, 2.0, 0.0, 0, 1, -1, "", "ab")
    log.add(shown("w", send, run("w", 1.0)))
    log.names.own("ipc:///x/y", "client-0")
    log.add(shown("c", call))
    log.close()
    _, sent, called = heard(tmp_path / "log.jsonl").events
    assert sent.peer == "client-0"
    assert called.command == "f: add"


def test_a_text_log_begins_with_what_its_columns_mean(tmp_path):
    log = logs.Log(tmp_path / "log.txt", 0.0, 1e9)
    log.add(shown("w", run("w", 1.5, 7)))
    log.close()
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert all(x.startswith("#") for x in lines[:-1])
    assert lines[-1].split("|")[0].strip() == "1.500000s"
    for told in ("WORKER", "f: add", "8 B", "call 7", "waited 125 ms", "took 250 ms"):
        assert told in lines[-1]


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"format": "x"}', "no json", '{"format": "gradloom events", "version": 99}',
     '{"format": "gradloom events", "version": 1}\n{"kind": "run"}\n', "[1]"],
)  # fmt: skip
def test_what_is_no_log_is_refused(tmp_path, text):
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(FileError):
        heard(tmp_path / "x.jsonl")


def test_a_batch_that_cannot_be_read_is_counted_as_missing(tmp_path):
    log = logs.Log(tmp_path / "log.jsonl", 0.0, 1e9)
    log.add(Shown("worker", "w", "", 5, 2, b"nonsense", 0.0, 3.0))
    log.close()
    (event,) = heard(tmp_path / "log.jsonl").events
    assert (event.kind, event.number, event.who, event.end) == ("dropped", 7, "w", 3.0)


def test_two_dispatchers_do_not_write_one_file(tmp_path):
    path = tmp_path / "log.jsonl"
    one, two = logs.Log(path, 0.0, 1e9), logs.Log(path, 0.0, 1e9)
    one.add(shown("w", run("w", 1.0)))
    two.add(shown("v", run("v", 2.0), run("v", 3.0)))
    one.close()
    two.close()
    assert one.path == path != two.path
    assert two.path.suffix == ".jsonl"
    assert [e.who for e in heard(one.path).events] == ["w"]
    assert [e.who for e in heard(two.path).events] == ["v", "v"]
    logs.Log(path, 0.0, 1e9).close()
    assert heard(path).events == ()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_ends_the_log_and_nothing_else(capsys):
    log = logs.Log("/dev/full", 0.0, 1e9)
    log.add(shown("w", run("w", 1.0)))
    log.write(10.0)
    log.close()
    assert capsys.readouterr().err.count("ends here") == 1
