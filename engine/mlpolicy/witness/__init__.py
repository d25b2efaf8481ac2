"""Cases that show something of a policy: valid manifests that come to a goal, or the proof that
none does.

`ground` is what a search begins with, `goals` what a manifest may come to, `search` finds one that
does, `proofs` shows that none can, `analysis` asks all of it of one policy.
"""
