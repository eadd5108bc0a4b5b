"""Tests of xacle_eval/editions."""
