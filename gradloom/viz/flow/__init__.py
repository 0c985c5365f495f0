"""Gradient flow: what passes back through every node of a program while it learns."""
