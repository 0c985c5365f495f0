"""The user's source: a function's syntax tree, and functions made anew from a changed tree."""
