"""The compiled policy: what is known with nothing assumed, worked out by generated Python.

`generate` writes a module for a program. `runtime` loads it (`Code`) and puts it to work on one
manifest (`Compiled`), where the reference asks it first (`evaluate/env`, `Ahead`). It says only
what the reference would say whatever is assumed: known values. What is not known, and all that
follows from assuming something, is the reference's own, so that their meaning is written once.
"""
