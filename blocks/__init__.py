"""The language of networks: shapes, settings, blocks, graphs, checks and edits. Knows neither Qt nor torch."""
