"""Takes: the bytes of a recorded model graph: GraphDef, RunMetadata, Keras's model JSON.
Gives: one opened group at a time: its nodes, the edges among them and those across its border.
May import: server.schema and below.
"""
