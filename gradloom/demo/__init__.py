"""The demo: handwritten digits, a classifier in plain numpy, and the loop that trains it."""
