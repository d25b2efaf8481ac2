"""Two versions of a policy in, what lies between them out.

`constructs` says what differs in what they say, construct by construct, the words apart. `mixed`
makes the policy that has some of its constructs in the older form. `impact` says what that does to
decisions, and which constructs are responsible. `advice` says by which number the version should
be raised.
"""
