"""Other forms of a checked policy, each equal to the reference in `evaluate`."""
