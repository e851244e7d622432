"""Takes: trainings of a snapshot and a metric.
Gives: where the metric will probably go, by `goodfit.forecast`, kept until the curve has grown.
May import: findings and query, `server.schema`, `server.wire`.
"""
