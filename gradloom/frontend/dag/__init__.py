"""The lazy DAG of Python functions: `GraphBuilder`."""

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import Plan

__all__ = ["DataNode", "GraphBuilder", "Plan"]
