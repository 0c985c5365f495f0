"""Moving pictures of how workers share gradients: sketches of a strategy, and true schedules.

A film (`film.py`) is data: a stage, and what passes over it. It is made from a strategy on a graph
(`sketch.py`) or from a schedule of transfers (`flow.py`), which is planned (`collectives.py`) or
recorded (`recorded.py`); painters, the page and the SVG only draw it.
"""

from gradloom.viz.animate.builder import AdjacencyMatrix as AdjacencyMatrix
from gradloom.viz.animate.builder import GraphBuilder as GraphBuilder
from gradloom.viz.animate.collectives import gossip as gossip
from gradloom.viz.animate.collectives import hierarchical as hierarchical
from gradloom.viz.animate.collectives import parameter_server as parameter_server
from gradloom.viz.animate.collectives import ring as ring
from gradloom.viz.animate.collectives import tree as tree
from gradloom.viz.animate.config import RenderConfig as RenderConfig
from gradloom.viz.animate.entry import animate as animate
from gradloom.viz.animate.graph import BezierFn as BezierFn
from gradloom.viz.animate.graph import CurvedEdge as CurvedEdge
from gradloom.viz.animate.graph import EdgeDescriptor as EdgeDescriptor
from gradloom.viz.animate.graph import Graph as Graph
from gradloom.viz.animate.graph import Node as Node
from gradloom.viz.animate.graph import Point2D as Point2D
from gradloom.viz.animate.particles import Color as Color
from gradloom.viz.animate.particles import Particle as Particle
from gradloom.viz.animate.particles import ParticleShape as ParticleShape
from gradloom.viz.animate.particles import draw_particle_with_glow as draw_particle_with_glow
from gradloom.viz.animate.particles import draw_shape as draw_shape
from gradloom.viz.animate.recorded import recorded as recorded
from gradloom.viz.animate.renderer import GIFRenderer as GIFRenderer
from gradloom.viz.animate.replay import replay as replay
from gradloom.viz.animate.schedule import Network as Network
from gradloom.viz.animate.schedule import Schedule as Schedule
from gradloom.viz.animate.schedule import Transfer as Transfer
from gradloom.viz.animate.strategies import AggregationStrategy as AggregationStrategy
from gradloom.viz.animate.strategies import AllReduceStrategy as AllReduceStrategy
from gradloom.viz.animate.strategies import GossipStrategy as GossipStrategy
from gradloom.viz.animate.strategies import ParameterServerStrategy as ParameterServerStrategy
from gradloom.viz.animate.theme import EdgeStyle as EdgeStyle
from gradloom.viz.animate.theme import Theme as Theme
from gradloom.viz.animate.theme import edge_style_for as edge_style_for
