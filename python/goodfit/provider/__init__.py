"""Takes: a log folder.
Gives: TensorBoard's data service over gRPC, so that TensorBoard's own page runs on this engine (extra `provider`).
May import: query and below.
"""
