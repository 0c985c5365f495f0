"""`python -m gradloom.cli`: the same as the command `gradloom`."""

from gradloom.cli import main

main()
