"""Takes: files under a log folder, as bytes.
Gives: records, counted and positioned; damage as ReadIssue, never as an exception.
May import: _core, config, types, errors.
"""
