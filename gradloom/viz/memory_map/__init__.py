"""Pictures of memory: who owns the bytes that are alive while a graph runs, and what a plan does.

given.py   what is shown: a graph, a plan, a compiled function     scene.py   as data
measured.py   seconds and bytes of a real run                      stack.py   bands on each other
drawn.py   as shapes     told.py   as text and JSON                entry.py   gl.viz.memory
"""
