"""What was done between two surveys."""

from __future__ import annotations

import pytest

from gradloom.runtime.activity import activity
from gradloom.runtime.watch import Member, Standing, Surveyed


def survey(now, *workers, members=()):
    return Surveyed(1, now, 0.0, workers, (), members)


def test_time_that_no_op_took_is_idle():
    before = survey(10.0, Standing(1, "w", now=5.0, busy={"add": 1.0, "matmul": 2.0}, runs=10))
    after = survey(12.0, Standing(1, "w", now=7.0, busy={"add": 1.5, "matmul": 2.0}, runs=30))
    (worker,) = activity(before, after).workers
    assert worker.ops == {"add": 0.25}
    assert worker.idle == 0.75
    assert worker.runs_per_s == 10


def test_a_worker_that_is_new_has_done_everything_since():
    after = survey(12.0, Standing(1, "w", now=7.0, busy={"add": 1.0}, runs=4))
    (worker,) = activity(survey(10.0), after).workers
    assert worker.ops == {"add": 0.5}
    assert worker.runs_per_s == 2


def test_shares_never_exceed_the_time():
    after = survey(11.0, Standing(1, "w", now=7.0, busy={"add": 3.0, "sum": 1.0}))
    (worker,) = activity(survey(10.0), after).workers
    assert sum(worker.ops.values()) == pytest.approx(1)
    assert worker.idle == 0


def test_sessions_share_what_the_workers_did():
    members = (Member(0, "a", 1, 2, 30), Member(1, "", 1, 0, 0))
    before = survey(0.0, Standing(1, "w"), members=(Member(0, "a", 1, 2, 10),))
    after = survey(2.0, Standing(1, "w", now=2.0, sessions={"0": 0.3, "1": 0.1}), members=members)
    one, two = activity(before, after).sessions
    assert (one.name, one.calls_per_s) == ("a-0", 10)
    assert one.share == pytest.approx(0.75)
    assert two.share == pytest.approx(0.25)
