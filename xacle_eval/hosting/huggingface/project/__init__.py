"""The program of a challenge on Hugging Face, which `files` copies into the generated folders.

These modules import only each other, the standard library, and (inside functions, or in `space` and
`evaluator`) ``gradio`` and ``huggingface_hub``, which are dependencies of the generated folders.
"""
