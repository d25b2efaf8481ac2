"""What an explanation says, as values: which steps decided, by what margin, where a path leads.

In go the steps of an evaluation (`core.trace`), out come steps and values again. Reports,
coverage, the interview and the search for changes ask here, so that they cannot disagree about
which part decided. No sentence is made here and none is read: words are made in `render`.

- `kinds`: the few sets of kinds that an answer here, or a report, is put in terms of.
- `known`: what is known of the value of a step, so that two steps can be compared.
- `deciding`: the parts of a step that made it what it is, and what became of each.
- `margins`: how far apart the sides of a comparison lie.
- `judged`: the steps of rules, and why one passed.
- `ways`: the tree as it was walked: its conditions, its arms, where each leads.
"""
