"""Writers: a scene as text of some picture format."""
