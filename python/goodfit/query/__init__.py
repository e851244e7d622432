"""Takes: columns of the store.
Gives: answers: trainings, pairs, aligned and resampled curves, tables.
May import: store and below; never curves.
"""
