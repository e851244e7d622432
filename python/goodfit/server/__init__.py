"""Takes: published snapshots and the store.
Gives: the page and its HTTP interface.
May import: watch and below.
"""
