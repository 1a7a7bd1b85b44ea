"""Single stations with open arrivals: one formula a module, with distributions where they are known."""
