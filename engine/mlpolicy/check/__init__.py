"""Checks a policy: syntax trees and the manifest's schema go in, a `Program` comes out.

`passes` goes through them in their order: `names` collects the declarations, `declare` gives each
its type, `lower` turns them into the nodes of a program, with `typecheck` for every expression in
them, `structure` looks at the whole, `titles` at how it is called, `cases` at the tests, `digest`
takes the semantic digest. Every pass goes through everything, so that one run reports all faults.
No pass reports what follows from a fault that is reported already, by another pass or by the
parser: a name that a line declares which the parser could not read is not unknown.
"""
