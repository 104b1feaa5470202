"""The window: draws designs, shows what they cost, starts trainings and follows them; never imports torch."""
