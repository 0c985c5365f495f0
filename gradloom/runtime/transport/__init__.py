"""How packets travel: within one process, or over ZMQ."""
