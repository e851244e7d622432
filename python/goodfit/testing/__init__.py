"""Takes: nothing.
Gives: log folders, curves with known truth and strategies, for our tests and the users'.
May import: everything; imported by nothing shipped.
"""
