"""Takes: the store.
Gives: what TensorBoard's data interface speaks of: plugins, tags with their metadata, tensors, blobs by key.
May import: the rest of query, store and below.
"""
