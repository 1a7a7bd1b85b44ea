### A solved queueing network.

network-title = Network { $name }
network-exact = { $method }: exact, up to rounding.
network-approximate = { $method }: approximate; the estimated error of the mean response times is { $error }.
network-simulated = { $method }: simulated; the widest 95 % interval of a mean response time is ±{ $error }.
network-interval = 95 % interval
network-error = estimated error
network-interval-of = { $name }, 95 % interval
network-percentiles-title = Percentiles of the response time
network-stations-title = Stations
network-pools-title = Pools
network-notes-title = How this answer was chosen
network-passed-over = Passed over: { $reason }
network-no-percentiles = No percentiles: { $reason }
column-method = Method
column-p90 = p90
column-lost = Turned away
column-station = Station
column-busy-servers = Busy servers
column-busy-share = Utilization
column-queue-length = Requests there
column-pool = Pool
column-busy-members = Held
column-mean-wait = Wait for it
station-delay = never a queue
