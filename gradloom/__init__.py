"""gradloom: trace a plain numpy program into a graph, transform it, and run it anywhere."""

__version__ = "0.1.0"
