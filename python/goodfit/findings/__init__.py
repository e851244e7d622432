"""Takes: trainings, and facts about their curves.
Gives: judgements with evidence, in codes and numbers; words from the catalogue.
May import: query, curves and below.
"""
