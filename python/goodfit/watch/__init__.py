"""Takes: a log folder and a clock.
Gives: the loop: refresh, judge, alert, publish; the only place that puts parts together.
May import: alerts and below.
"""
