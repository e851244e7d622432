"""Takes: batches of values, labels and predictions.
Gives: metrics over all of them, in float64, that can be merged, saved and restored.
May import: goodfit.sdk.values, errors.
"""
