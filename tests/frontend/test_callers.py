"""Which function a frame is calling, read from its bytecode."""

import importlib.util
import sys

from gradloom.frontend.callers import calls, is_users, user_tables

NAMES = frozenset({"probe"})


def probe(*args, **kwargs):
    return calls(sys._getframe(1), NAMES, (probe,))


class Box:
    probe = staticmethod(probe)
    other = staticmethod(probe)
    itself = None


box = Box()
box.itself = box
probe_global = probe


def test_calls_that_name_the_function_are_found():
    local = probe
    assert box.probe(1)
    assert box.probe(1, 2 if box else 3, [4], k=5)
    assert probe(probe(0), probe)
    assert local()
    assert local(1, 2)
    assert probe_global(3)
    assert box.itself.probe(*[1], k=2)
    assert box.probe(*[1])
    assert [box.probe(i) for i in range(3)] == [True] * 3
    assert box.probe(
        box.probe(1),
        2,
    )
    assert (lambda: local(1))()
    assert probe(box.itself.probe(2))


def test_calls_of_something_else_are_not():
    found = [box.other(1), *map(probe, [1, 2]), {"a": probe}["a"](1), sorted([probe])[0](1)]
    assert not any(found)


def test_a_users_frame_is_no_librarys():
    assert is_users(sys._getframe())


def _module(tmp_path, name):
    path = tmp_path / f"{name}.py"
    path.write_text("")
    spec = importlib.util.spec_from_file_location(name, path)
    return importlib.util.module_from_spec(spec)


def test_tables_follow_modules_that_come_go_and_take_anothers_place(tmp_path, monkeypatch):
    first, second = (_module(tmp_path, "of_the_user") for _ in range(2))
    monkeypatch.setitem(sys.modules, "of_the_user", first)
    assert any(table is vars(first) for table in user_tables())
    monkeypatch.setitem(sys.modules, "of_the_user", second)
    assert any(table is vars(second) for table in user_tables())
    assert not any(table is vars(first) for table in user_tables())
    monkeypatch.delitem(sys.modules, "of_the_user")
    assert not any(table is vars(second) for table in user_tables())
