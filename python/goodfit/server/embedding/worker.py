"""python -m goodfit.server.embedding.worker METHOD IN.npy OUT.npy OPTIONS: one UMAP or t-SNE in a process of its own.

A process, for these take minutes and every core, cannot be stopped from within, and may bring down what they run in.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

MAX_INPUT_DIMENSIONS = 50
"""What has more is first taken to its leading components, as the methods' authors advise."""


def project(method: str, points: Any, *, n_components: int, neighbours: int) -> Any:
    """Places of finite points, shape (n_points, n_components).

    Args:
        neighbours: `n_neighbors` of UMAP, the perplexity of t-SNE; made smaller where there are few points.
    """
    import numpy as np

    from goodfit.server.embedding.pca import find_components

    n_points = len(points)
    if points.shape[1] > MAX_INPUT_DIMENSIONS:
        points = find_components(points, n_components=MAX_INPUT_DIMENSIONS).places
    if method == "umap":
        import umap

        few = max(2, min(neighbours, n_points - 1))
        reducer = umap.UMAP(n_components=n_components, n_neighbors=few, random_state=0, n_jobs=1)
        return np.asarray(reducer.fit_transform(points), dtype=np.float32)
    from sklearn.manifold import TSNE

    perplexity = max(1.0, min(float(neighbours), (n_points - 1) / 3))
    tsne = TSNE(n_components=n_components, perplexity=perplexity, init="pca", random_state=0)
    return np.asarray(tsne.fit_transform(points), dtype=np.float32)


def main(arguments: list[str]) -> int:
    import numpy as np

    method, source, target, options = arguments
    warnings.simplefilter("ignore")
    places = project(method, np.load(source), **json.loads(options))
    # Under its own name only when it is whole.
    partial = Path(target + ".part")
    with partial.open("wb") as file:
        np.save(file, places)
    partial.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
