"""Questions about a residual: which unknowns can still change an answer (`questions`), where an
unknown turns it (`partition`), and whether something holds whatever is open (`query`)."""
