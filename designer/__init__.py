"""The window: draws designs, shows what they cost, follows trainings; never imports torch."""
