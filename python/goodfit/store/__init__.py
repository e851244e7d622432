"""Takes: records of event files.
Gives: columns of every series, read-only, behind one narrow interface.
May import: events, _core, config, types, errors.
"""
