"""A small predictor of the score of an audio-text pair, using only numpy and scipy.

``audio_features`` converts a clip to log-mel statistics and ``text_features`` a caption to hashed
words and bigrams; ``model`` maps both to a joint space, scores them and is saved as one file;
``training`` learns the map; ``cache`` stores features between runs.
"""
