"""Takes: arrays.
Gives: dataclasses that state facts about them (level, noise, onset, trend).
May import: types, errors; of others numpy alone. No runs, files or clocks.
"""
