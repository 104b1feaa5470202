"""Benchmarks: each module gives rows of what was measured against the lines we hold."""
