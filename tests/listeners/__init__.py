"""Tests of xacle_eval.listeners."""
