"""Modules that torch lacks: each file is self-contained, so that the code of a design can carry it along."""
