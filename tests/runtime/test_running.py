"""Dispatchers are found while they run, by their user alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gradloom as gl
from gradloom.runtime import running
from gradloom.runtime.running import Announcement, choose


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_who_announces_itself_is_found_until_it_ends():
    assert running.running() == ()
    one = Announcement("ipc:///a", "one", True)
    (found,) = running.running()
    assert found[:3] == ("ipc:///a", found.pid, "one")
    assert found.keys
    one.close()
    assert running.running() == ()


def test_the_folder_is_its_users_alone():
    assert running.folder().stat().st_mode & 0o777 == 0o700
    running.folder().chmod(0o755)
    with pytest.raises(gl.FileError, match="this user alone"):
        running.folder()


def test_what_a_killed_process_left_is_not_taken_for_a_dispatcher():
    program = (
        "import os, signal\nfrom gradloom.runtime.running import Announcement\n"
        "x = Announcement('ipc:///dead')\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    assert len(list(running.folder().iterdir())) == 1
    assert running.running() == ()
    assert list(running.folder().iterdir()) == []


def test_one_is_chosen_and_of_several_none():
    assert choose("host:1") == "host:1"
    with pytest.raises(gl.ArgumentError, match="no dispatcher"):
        choose(None)
    one = Announcement("ipc:///a", "first")
    assert choose("") == "ipc:///a"
    two = Announcement("ipc:///b", "second")
    with pytest.raises(gl.ArgumentError, match="2 dispatchers") as caught:
        choose(None)
    for told in ("ipc:///a", "ipc:///b", "first", "second", "-a"):
        assert told in str(caught.value)
    one.close()
    two.close()


def test_a_file_that_is_none_is_ignored():
    one = Announcement("ipc:///a")
    one._path.write_text("{}")
    assert running.running() == ()
    one.close()
