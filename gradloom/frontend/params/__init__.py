"""Parameters: trees of arrays that know which of them train, which are frozen, which are one."""
