"""The cluster: clients, one dispatcher and workers that run programs.

What each of them does is a pure state machine: an event and the time go in, instructions come out
(`dispatcher.py`, `worker.py`, `session.py`). `link.py` makes an ordered, complete conversation
out of packets that may be lost; `messages.py` is all that can be said in one. `transport/` carries
the packets: within one process, with a clock of its own, for tests and for `gt.local()`, and over
ZMQ between processes.
"""
