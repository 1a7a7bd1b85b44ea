"""The network as a Markov chain: how many requests are at each place, solved exactly."""
