"""Takes: the calls of tf.summary.
Gives: event files, and a word where TensorFlow drops a value silently.
May import: goodfit.sdk, errors.
"""
