"""What a training shows while it runs: curves, values, pictures; imports pyqtgraph, so load it late."""
