"""`python -m gradloom.examples`: the same as the command `gradloom examples`."""

from gradloom.examples.command import main

main()
