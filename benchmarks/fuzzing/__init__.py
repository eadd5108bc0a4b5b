"""The fuzzer of the command line: generators of inputs, checks of results, worker processes.

``benchmarks/fuzz.py`` is the entry point.
"""
