"""The gallery in examples/, run; `python -m tests.examples` writes docs/plain-numpy.md."""
