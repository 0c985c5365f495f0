"""`if`, `while` and `for` on traced values, recorded into regions of the running trace."""
