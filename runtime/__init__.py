"""The engine: documents, printed code, runs and training; it never imports Qt."""
