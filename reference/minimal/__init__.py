"""A small predictor of the score of an audio-text pair, with numpy and scipy only.

``audio_features`` turns a clip into log-mel statistics, ``text_features`` a caption into
hashed words and bigrams, ``model`` maps both into a joint space and scores them there and is
saved as one file, ``training`` learns the map, ``cache`` keeps features between runs.
"""
