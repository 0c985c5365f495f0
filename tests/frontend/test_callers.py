"""Which function a frame is calling, read from its bytecode."""

import sys

from gradloom.frontend.callers import calls, is_users

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
