"""Stand-alone programs: the emitted source with its constants inside, for a process without gradloom."""
