"""Takes: embeddings of the store (points in many dimensions, labels, pictures).
Gives: their places in two or three dimensions, neighbours, and columns of labels.
May import: the rest of server.
"""
