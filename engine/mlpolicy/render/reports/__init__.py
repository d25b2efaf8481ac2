"""What `check` found, in the formats of other programs: one list of problems, a writer a format."""
