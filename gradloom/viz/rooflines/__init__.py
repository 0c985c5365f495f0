"""The roofline of a program: how near its ops come to what the machine can do.

The model is that of S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual
performance model for multicore architectures", CACM 52(4), 2009: an op of I FLOP per byte moved
can reach min(peak FLOP/s, I x bytes/s).

machine.py   what this machine can do, measured     scene.py   points and roofs, as data
drawn.py     as shapes                              told.py    as text and JSON
entry.py     gl.viz.roofline
"""
