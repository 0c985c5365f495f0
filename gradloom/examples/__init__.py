"""Models that train in a minute or two, their forward passes in plain numpy.

`python -m gradloom.examples` lists them; `python -m gradloom.examples NAME` runs one.
"""
