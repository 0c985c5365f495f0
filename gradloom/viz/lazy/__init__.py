"""Pictures of the lazy DAG (`gl.dag`)."""
