"""numpy's surface on traced values, one file per area."""
