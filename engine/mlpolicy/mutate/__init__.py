"""Small faults put into a policy one at a time, to see whether its tests notice.

`mutants` makes them, `chosen` says which tests can notice one, and `trial` tries them.
"""
