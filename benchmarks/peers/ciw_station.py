"""M/M/4 at 0.8 in Ciw: events per CPU second, one event being an arrival or an end of service."""

import json
import sys
import time

import ciw


def main(until_s: float) -> None:
    """Run to a time and print what it took."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(3.2)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[4],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    start = time.process_time()
    simulation.simulate_until_max_time(until_s)
    taken_s = time.process_time() - start
    responses = [each.exit_date - each.arrival_date for each in simulation.get_all_records()]
    print(
        json.dumps(
            {"events": 2 * len(responses), "cpu_s": taken_s, "mean_s": sum(responses) / len(responses)}
        )
    )


if __name__ == "__main__":
    main(float(sys.argv[1]))
