"""Takes: the hooks of a Keras callback.
Gives: the event files that keras.callbacks.TensorBoard writes, without TensorFlow, and how the training ended.
May import: goodfit.sdk, errors; keras only where a model is at hand.
"""
