"""Text that travels with every script."""
