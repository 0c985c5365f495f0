"""Those who watch, as lists of what they say and are shown."""

from __future__ import annotations

from gradloom.runtime import messages as m
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.events import pack, unpack
from gradloom.runtime.floor import Say
from gradloom.runtime.gallery import LEASE_S, Gallery, Keep
from gradloom.runtime.watch import Noted, Observe, Shown, Standing, Survey, Surveyed, Watch

BATCH = pack([("run", "worker", "w", 1.0, 2.0)])


def made(keeps=False, clock="c"):
    """A gallery beside a dispatcher that has two workers and a client."""
    dispatcher = Dispatcher()
    for name in ("w0", "w1"):
        dispatcher.hear(name, m.Enlist(name, 1, m.Mailbox(f"box {name}"), "numpy", "cpu"), 0.0)
    dispatcher.hear("c", m.Join("", 2, m.Mailbox("box c")), 0.0)
    return dispatcher, Gallery(dispatcher, clock, 100.0, keeps)


def noted(count=1, lost=0, clock="c", echo=0.0, heard=0.0, told=0.0):
    return Noted(count, lost, BATCH, clock, echo, heard, told)


def said(instructions, kind):
    return [
        (x.to, x.message) for x in instructions if isinstance(x, Say) and type(x.message) is kind
    ]


def test_nobody_is_asked_to_tell_anything_while_nobody_watches():
    _, gallery = made()
    assert gallery.tick(1.0) == gallery.greet(2.0) == []
    assert gallery.hear("w0", noted(), 3.0) == []


def test_all_are_asked_while_somebody_watches_and_told_when_nobody_does():
    _, gallery = made()
    asked = said(gallery.hear("v", Watch(5.0, 8), 0.0), Observe)
    assert sorted(to for to, _ in asked) == ["c", "w0", "w1"]
    assert all(x.lease_s == LEASE_S and not x.before for _, x in asked)
    shown = said(gallery.hear("w0", noted(), 1.0), Shown)
    assert [(to, x.who, x.count) for to, x in shown] == [("v", "w0", 1)]
    rested = said(gallery.hear("v", Watch(0.0, 0), 2.0), Observe)
    assert sorted(to for to, _ in rested) == ["c", "w0", "w1"]
    assert all(x.lease_s == 0 for _, x in rested)
    assert gallery.hear("w0", noted(), 3.0) == []


def test_a_watcher_that_does_not_ask_again_is_forgotten():
    _, gallery = made()
    gallery.hear("v", Watch(5.0, 8), 0.0)
    gallery.tick(4.9)
    assert gallery.is_watched
    ended = said(gallery.tick(5.1), Observe)
    assert all(x.lease_s == 0 for _, x in ended)
    assert not gallery.is_watched


def test_who_comes_while_somebody_watches_is_asked_for_all_that_it_knows():
    dispatcher, gallery = made()
    gallery.hear("v", Watch(5.0, 8), 0.0)
    dispatcher.hear("w2", m.Enlist("w2", 1, m.Mailbox("box"), "numpy", "cpu"), 1.0)
    ((to, asked),) = said(gallery.greet(1.0), Observe)
    assert to == "w2"
    assert asked.before


def test_leases_are_renewed_and_room_is_made():
    _, gallery = made()
    ((_, first), *_) = said(gallery.hear("v", Watch(60.0, 1_000), 0.0), Observe)
    again = []
    for _ in range(first.batches):
        again += said(gallery.hear("w0", noted(), 0.5), Observe)
    assert all(to == "w0" and x.batches > first.batches for to, x in again)
    assert again
    assert {to for to, _ in said(gallery.tick(3.0), Observe)} == {"c", "w0", "w1"}


def test_what_a_watcher_has_no_room_for_is_counted_and_told_once_there_is_room():
    _, gallery = made()
    gallery.hear("v", Watch(60.0, 2), 0.0)
    gallery.hear("fast", Watch(60.0, 1_000), 0.0)
    shown = [x for _ in range(10) for x in said(gallery.hear("w0", noted(3), 1.0), Shown)]
    assert sum(to == "v" for to, _ in shown) == 2
    assert sum(to == "fast" for to, _ in shown) == 10
    ((to, late),) = said(gallery.hear("v", Watch(60.0, 10), 2.0), Shown)
    assert (to, late.lost, late.count, unpack(late.events)) == ("v", 24, 0, ())
    ((_, next_one), _) = said(gallery.hear("w0", noted(3, lost=5), 3.0), Shown)
    assert next_one.lost == 5


def test_clocks_of_other_hosts_are_estimated_by_the_fastest_answer():
    _, gallery = made()
    gallery.hear("v", Watch(60.0, 1_000), 10.0)
    # the worker's clock is 7 s ahead; the answer took 0.1 s there, and 0.2 s on its way each time
    message = noted(clock="other", echo=10.0, heard=17.2, told=17.3)
    ((_, shown),) = said(gallery.hear("w0", message, 10.5), Shown)
    assert abs(shown.behind + 7.0) < 1e-9
    slow = noted(clock="other", echo=11.0, heard=20.0, told=20.0)
    ((_, shown),) = said(gallery.hear("w0", slow, 13.1), Shown)
    assert abs(shown.behind + 7.0) < 1e-9
    ((_, same),) = said(gallery.hear("w1", noted(echo=3.0, heard=9.0), 12.0), Shown)
    assert same.behind == 0.0


def test_a_survey_is_answered_when_all_workers_have_answered():
    _, gallery = made()
    asked = said(gallery.hear("v", Survey(9), 0.0), Survey)
    assert [to for to, _ in asked] == ["w0", "w1"]
    number = asked[0][1].number
    assert gallery.hear("w1", Standing(number, "w1"), 0.1) == []
    ((to, told),) = said(gallery.hear("w0", Standing(number, "w0"), 0.2), Surveyed)
    assert to == "v"
    assert told.number == 9
    assert [x.name for x in told.workers] == ["w0", "w1"]
    assert told.silent == ()
    assert told.wall_s == 100.0
    assert [x.pid for x in told.members] == [2]


def test_a_worker_that_does_not_answer_is_named():
    dispatcher, gallery = made()
    ((_, asked), _) = said(gallery.hear("v", Survey(1), 0.0), Survey)
    gallery.hear("w0", Standing(asked.number, "w0"), 0.1)
    assert gallery.tick(0.9) == []
    ((_, told),) = said(gallery.tick(1.1), Surveyed)
    assert told.silent == ("w1",)
    gallery.hear("v", Survey(2), 2.0)
    dispatcher.lose("w1", 2.1)
    assert said(gallery.lose("w1", 2.1), Surveyed) == []
    (open_one,) = gallery._surveys.values()
    assert list(open_one.waiting) == ["w0", "w1"]
    dispatcher.lose("w0", 2.2)
    ((_, told),) = said(gallery.lose("w0", 2.2), Surveyed)
    assert told.workers == ()


def test_a_log_is_shown_everything_without_limits():
    _, gallery = made(keeps=True)
    assert len(said(gallery.greet(0.0), Observe)) == 3
    kept = [x for _ in range(100) for x in gallery.hear("w0", noted(), 0.1) if isinstance(x, Keep)]
    assert len(kept) == 100


def test_memory_is_bounded_by_who_is_there():
    _, gallery = made()
    gallery.hear("v", Watch(60.0, 0), 0.0)
    for i in range(1_000):
        gallery.hear("w0", noted(), 0.001 * i)
        gallery.hear("v", Survey(i), 0.001 * i)
    assert len(gallery._surveys) == 1
    (watcher,) = gallery._watchers.values()
    assert watcher.lost == {("worker", "w0"): 1_000}
