"""Takes: formulas over metrics as text, and scalar series.
Gives: curves worked out from them, reduced to the pixel columns of a chart.
May import: the rest of server.
"""
