"""The lazy DAG of Python functions: `GraphBuilder`, and `document`."""

from gradloom.frontend.dag.builder import GraphBuilder
from gradloom.frontend.dag.documented import document
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import Plan

__all__ = ["DataNode", "GraphBuilder", "Plan", "document"]
