"""Results: frozen models only. `xacle_eval.evaluation` fills them, `xacle_eval.reports` shows them."""
