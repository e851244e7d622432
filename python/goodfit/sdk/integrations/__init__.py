"""Hooks of training frameworks → a run. One file a framework; each imports its framework, and nothing here imports it.

Takes: what a framework tells its callbacks.
Gives: scalars, hyperparameters and the ending in a `goodfit.Run`.
May import: goodfit.sdk, and the one framework.
"""
