"""How often the judge is right: our rules and their rivals on curves whose truth is known.

`python -m bench.judgement [--curves FOLDER] [--count N] [--seed S]` prints one table.
"""
