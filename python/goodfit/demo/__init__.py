"""Takes: nothing.
Gives: four small trainings on real data: one healthy, one overfit, one diverging, one underfit.
May import: sdk and below.
"""
