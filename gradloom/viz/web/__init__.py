"""The scripts and styles of the pages, which run in a browser."""
