"""What ran when in a cluster: events, read from logs, as lanes, figures, pictures and a page."""
