"""Wrong programs, and what is said of each."""
