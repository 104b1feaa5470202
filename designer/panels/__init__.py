"""The panels around the canvas; each shows an open design and says what a person wants, none knows the canvas."""
