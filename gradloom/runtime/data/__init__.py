"""How tensor data gets from one process to another without passing through the dispatcher."""
