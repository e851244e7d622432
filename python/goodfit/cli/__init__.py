"""Takes: the user's words.
Gives: answers on stdout, all else on stderr.
May import: everything but testing.
"""
