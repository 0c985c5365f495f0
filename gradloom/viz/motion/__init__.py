"""Programs in motion: passes that rewrite a graph, and values and cotangents on their way."""
