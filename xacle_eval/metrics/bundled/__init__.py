"""The bundled metrics, one module each; `xacle_eval.metrics.registry` finds them by name."""
