"""Algorithms of the special functions, over core ops: what every backend computes that has no
function of its own.
"""
