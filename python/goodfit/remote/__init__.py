"""Takes: the address of a log folder in a bucket or behind a web server.
Gives: a folder of this machine that holds the same event files, kept up to date by the bytes that were appended.
May import: events, _core, config, types, errors.
"""
