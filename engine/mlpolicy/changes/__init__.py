"""What would follow if a manifest stated something else.

`change` finds the smallest changes that give an outcome or silence a rule, `difference` what two
decisions differ in, `breakeven` where along one number costs cross. They share `editable`, the
fields that may be changed and documents with some left open, and `partition`, a line of numbers
cut exactly where something turns.
"""
