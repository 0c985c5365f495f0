"""Speed, side by side with peers in one run: `python -m bench [name ...]`. See
docs/benchmarks.md.
"""
