"""Shared memory between processes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import numpy as np
import pytest

from gradloom.ir.types import dtype_of
from gradloom.runtime.data import shared
from gradloom.runtime.data.mapped import lent

pytestmark = pytest.mark.skipif(not shared.is_available(), reason="no shared memory here")


def test_an_array_is_read_where_it_was_put():
    pool, views, done = shared.Pool(), shared.Views(), []
    array = np.arange(30_000.0).reshape(100, 300)[:, ::-1]
    segment = pool.hold(array)
    read = views.array(segment.name, array.nbytes, array.dtype, array.shape, lambda: done.append(1))
    np.testing.assert_array_equal(read, array)
    with pytest.raises(ValueError, match="read-only"):
        read[0, 0] = 1.0
    part = read[3]
    del read
    gc.collect()
    assert not done
    del part
    gc.collect()
    assert done == [1]
    pool.close()


def test_what_a_reader_writes_into_its_own_view_nobody_else_sees():
    pool, views, done = shared.Pool(), shared.Views(is_own=True), []
    for value in (1.0, 2.0):
        segment = pool.hold(np.full(20_000, value))
        name, size = segment.name, 160_000
        first, second = (
            views.array(name, size, np.float64, (20_000,), lambda: done.append(1)) for _ in "ab"
        )
        first[:] = 7.0
        assert (second == value).all()
        assert (segment.array(np.float64, (20_000,)) == value).all()
        del first, second
        gc.collect()
        pool.leave(segment)  # the next value stands in the same memory
    assert done == [1] * 4
    pool.close()


def test_segments_are_used_again_and_are_their_users_alone():
    pool = shared.Pool()
    first = pool.hold(np.ones(50_000))
    assert os.stat(f"/dev/shm/{first.name}").st_mode & 0o777 == 0o600
    pool.leave(first)
    assert pool.hold(np.zeros(50_001)) is first
    pool.close()
    assert not os.path.exists(f"/dev/shm/{first.name}")


def test_names_that_are_none_and_sizes_that_are_too_large_are_refused():
    pool, views = shared.Pool(), shared.Views()
    segment = pool.hold(np.ones(10))
    for name, size in (("../../etc/passwd", 8), (segment.name, 1 << 40), ("gradloom-x", 8)):
        with pytest.raises(ValueError, match="segment"):
            views.array(name, size, np.float64, (1,), lambda: None)
    pool.close()


def test_what_a_killed_process_leaves_is_swept():
    program = (
        "import numpy as np, os, sys\n"
        "from gradloom.runtime.data.shared import Pool\n"
        "pool = Pool()\n"
        "print(pool.hold(np.ones(10)).name, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    name = run.stdout.strip()
    assert os.path.exists(f"/dev/shm/{name}")
    shared.sweep()
    assert not os.path.exists(f"/dev/shm/{name}")


def test_a_segment_that_may_be_read_for_ever_is_not_used_again():
    pool = shared.Pool()
    segment, size = pool.hold(np.ones(50_000)), 400_000
    read = shared.Views().array(segment.name, size, np.float64, (50_000,), lambda: None)
    pool.abandon(segment)
    assert not os.path.exists(f"/dev/shm/{segment.name}")
    assert pool.hold(np.zeros(50_000)) is not segment
    assert (read == 1).all()
    pool.close()


def test_readers_forget_segments_that_their_owner_gave_up():
    pool, views = shared.Pool(), shared.Views()
    old = pool.hold(np.ones(50_000))
    name = old.name
    read = views.array(name, 400_000, np.float64, (50_000,), lambda: None)
    pool.abandon(old)
    views.trim()
    with pytest.raises(FileNotFoundError):
        views.array(name, 400_000, np.float64, (50_000,), lambda: None)
    assert (read == 1).all()
    pool.close()


def test_mapped_memory_goes_with_its_last_array_and_holds_no_descriptor():
    before = len(os.listdir("/proc/self/fd"))
    pool = shared.Pool()
    segment = pool.hold(np.ones(50_000))
    name, part = segment.name, segment.array(np.float64, (50_000,))[7:9]
    assert len(os.listdir("/proc/self/fd")) == before
    pool.close()
    del pool, segment
    gc.collect()
    assert part.tolist() == [1, 1]
    assert name in maps()
    del part
    gc.collect()
    assert name not in maps()


def maps() -> str:
    with open("/proc/self/maps") as file:
        return file.read()


@pytest.mark.parametrize("dtype", ["float32", "bool", "bfloat16", "complex128"])
def test_what_is_lent_is_the_same_memory(dtype):
    array = np.ones((2, 3), dtype_of(dtype))[:, ::2]
    array.flags.writeable = False
    made = lent(array)
    assert made.dtype == array.dtype
    assert made.strides == array.strides
    assert np.shares_memory(made, array)
    assert made.flags.writeable
