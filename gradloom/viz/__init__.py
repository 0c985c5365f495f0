"""Pictures of programs.

graph(g, "loss.svg")      a graph; .svg, .png, .pdf or .dot
"""

from gradloom.viz.picture import graph as graph
