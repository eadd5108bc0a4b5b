"""Results: frozen models, filled by `xacle_eval.evaluation` and shown by `xacle_eval.reports`."""
