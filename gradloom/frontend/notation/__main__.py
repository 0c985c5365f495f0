"""`python -m gradloom.frontend.notation program.py`: run a program in the notation."""

import sys

from gradloom.frontend.notation import run

if len(sys.argv) < 2:
    sys.exit("usage: python -m gradloom.frontend.notation program.py [arguments ...]")
run(sys.argv[1], sys.argv[2:])
