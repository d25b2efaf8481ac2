"""The words of JSON Schema that hold schemas, and those of our own that rank."""

from __future__ import annotations

#: Keywords whose value is a schema, a list of schemas, or schemas by name.
ONE = (
    *("if", "then", "else", "not", "items", "contains", "propertyNames", "contentSchema"),
    *("additionalProperties", "unevaluatedProperties", "unevaluatedItems"),
)
SEVERAL = ("anyOf", "allOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")

#: What a change of a field asks of a team, the least first: only another plan, money, work,
#: less of what was asked for, another way of doing the task.
RANKS = ("plan", "budget", "effort", "demand", "need")

#: What a text may say about all that is stated beside it: why it is so, or who says so.
STATEMENTS = ("because", "by")
