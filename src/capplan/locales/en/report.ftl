### The report and the first screen. Numbers arrive as finished text; counts that choose a plural arrive as numbers.

## Common phrases

figure = { $value } ({ $spread }; { $basis })
figure-exact = { $value } ({ $basis })
basis-measured = measured
basis-fitted = fitted
basis-derived = derived
basis-assumed = assumed
basis-simulated = simulated
how-measured = measured once
how-read = read in the source
how-recalled = well known, source not opened
how-policy = a decision
tier-minimum = minimum
tier-recommended = recommended
tier-optimal = optimal
resource-cpu = CPU
resource-memory = memory
resource-disk = disk
resource-all = all together
raw-need = { $cores }, { $memory } RAM, { $disk } disk
server-named = { $name }: { $server }
objective = { $share } within { $time }
total = total
part-container = container { $name }
part-deploy = a deploy, old and new side by side
part-system = operating system and Docker
part-monitoring = monitoring
part-websockets = open WebSockets
part-images = container images
part-database = database with bloat
part-media = media
part-logs = logs
part-wal = write-ahead log
part-dumps = local dumps
part-metrics = metrics database
assumption-key = { $key }
finding = [{ $severity }] { $code }: { $text }
severity-info = note
severity-warning = warning
severity-error = contradiction
until-beyond = not within five years
until-from = not before { $earliest }, perhaps not within five years
until-date = { $date }
until-resource = { $resource }: { $when }
until-range = { $earliest } to { $latest }
breaks-nothing = No growth in traffic breaks this server within a thousand times today’s.
breaks-far = { $what }: hardly ever
breaks-from = { $what } at { $mid } today’s traffic, at the earliest { $low }
breaks-at-exactly = { $what } at { $mid } today’s traffic
breaks-at = { $what } at { $mid } today’s traffic ({ $spread })
break-cpu = processor
break-workers = worker pool of { $subject }
break-process = processes of { $subject }
break-jobs = job queue of { $subject }
break-memory = memory
break-iops = disk operations
break-network = network port
break-connections = connections of { $subject }
objective-missed = On the recommended server { $request_class } keeps its objective ({ $objective }) in only { $met } of the worlds.
workers-wanted = { $workers } would keep every objective that can be kept; they need their memory too.
cores-help = More vCPU would help.
cores-do-not-help = More vCPU does not help: the limit is not the processor.

## Columns

column-item = Item
column-value = Value
column-tier = Tier
column-raw-need = Raw need
column-server = Server
column-utilization = Utilization in the busiest hour
column-class = Request class
column-mean = Mean response time
column-percentile = At the objective’s percentile
column-objective = Objective
column-met = Holds in
column-need-interval = Need over all worlds
column-part = Part
column-key = Key
column-kind = Kind
column-container = Container
column-role = Role
column-peak = Peak memory
column-memory-limit = Memory limit
column-cpu-limit = CPU limit
column-resource = Resource
column-fits-now = Does now
column-fits-horizon = Does at the horizon
column-fits = Fits in
column-until = Lasts until
column-breaks = Breaks first
column-when = When
column-metric = Watch
column-threshold = Threshold
column-action = What to do
column-assumption = Assumption
column-how = How known
column-since = Since
column-source = Source
column-number = Number
column-formula = How

## Title and preface

report-title = Server sizing of { $service }
preface-title = About this report
preface-source = Computed by capplan { $version } from { $profile }, as of { $date }.
preface-intervals = Every number shows its interval and its basis. Given and assumed numbers show their bounds; derived ones the 5 % to 95 % range over 256 fixed worlds, each a draw of every uncertain input.
preface-not-measured = Nothing here was measured on your stack yet.

## 1–3

project-title = 1. Kind of project
project-kind = A web back end of { $containers } that are run together.
project-shared-database = They share one database and are deployed together: one service in parts, not independent microservices.
project-databases = It keeps its data in { $databases }.
project-basis = This follows from the containers and roles in the profile.
technology-title = 2. Languages and frameworks
technology-languages = Languages
technology-services = Services
technology-libraries = Libraries
technology-containers = Containers
technology-container = { $name } ({ $role })
technology-unsaid = not said in the profile
traffic-title = 3. Expected traffic
traffic-rate = Requests in the busiest hour: { $rate }.
traffic-users = Concurrent users: { $users }.
traffic-think = Think time between reply and next request: { $think }; users, rate and think time are tied by Little’s law, N = X (Z + R).
traffic-open = The clients do not wait for one another: an open system.
traffic-growth = Traffic at the horizon over today’s: { $growth }.
traffic-class = Class: { $name }, from the recommended server’s utilization of { $utilization } in the busiest hour, bursts aside.
class-very-low = very low
class-low = low
class-moderate = moderate
class-high = high

## 4–6

cpu-title = 4. Processor (CPU)
cpu-answer = At least { $minimum }; recommended { $recommended }.
cpu-busy = Mean work at the horizon: { $busy }.
cpu-bursts = Background bursts that may run in the busiest hour, one core each: { $bursts }.
cpu-rule = The cores are the fewest with which every response time objective holds and utilization, bursts included, stays under its limit.
cpu-first = What breaks first on the recommended server: { $what }.
memory-title = 5. Memory (RAM)
memory-answer = At least { $minimum }; recommended { $recommended }.
memory-rule = This is hard memory: with less, processes may be killed. It counts container peaks without page cache, a deploy, the system and monitoring, leaves a tenth free, and adds what the kernel keeps of the memory that is sold.
memory-parts = Resident at the horizon, in parts. Each line has its own median and range; these do not add up, single worlds do (see Derivations):
memory-hot = Hot data of the database: { $hot }. With the recommended memory, { $missed } of its reads come from disk; this costs time, never a kill.
disk-title = 6. Storage
disk-answer = At least { $minimum }; recommended { $recommended }, { $kind }.
disk-rule = A fifth of the file system stays free, and the file system’s own share is added.
disk-parts = On disk at the horizon, in parts. Each line has its own median and range; these do not add up, single worlds do (see Derivations):
disk-kind = Disk operations in the busiest hour: { $iops }, against { $ssd } of an ordinary SSD; commits keep such an SSD busy { $share } of the time.

## 7–9

gpu-title = 7. GPU
gpu-no = Not needed: none of the libraries named ({ $libraries }) computes on a GPU.
gpu-maybe = { $libraries } can compute on a GPU. Whether yours does, the profile does not say; measure it before renting one.
gpu-unsaid = Nothing in the profile computes on a GPU; no libraries are named in it.
balancer-title = 8. Load balancer and number of servers
balancer-capacity = For capacity: { $servers }; no load balancer is needed for it.
balancer-no-objective = For availability: no objective is stated. One server is up about { $single } of the time; a tested backup is enough where that will do.
balancer-one-enough = For availability: one server, up about { $single } of the time, meets the objective of { $objective }.
balancer-several = For availability: the objective of { $objective } asks for { $servers }, each up about { $single } of the time, with a load balancer and a second database.
balancer-not-alone = A load balancer in front of one database is not high availability: the database fails alone.
scaling-title = 9. Scaling strategy
scaling-vertical = Scale vertically first. The optimal tier, { $server }, carries twice the expected growth.
scaling-breaks = On that server this gives way, in this order:
scaling-obstacles = Before a second application server can run beside the first:
scaling-ready = Nothing in the profile ties the application to one server.

## 10

operations-title = 10. Security and operations
operations-ports = Open ports: { $ports }; close all others. Docker publishes ports past ufw: bind the database and the store to 127.0.0.1 or do not publish them.
operations-basics = Not checked here, and needed all the same: TLS on 443, SSH by key only, security updates that install themselves, secrets outside the images.
backups-off-site = Backups off the machine: { $volume } at the horizon, one full copy and the changes of the days kept.
backups-local = Backups stay on the machine and are lost with it; off the machine they would take { $volume } at the horizon, one full copy and the changes of the days kept.
backups-window = One backup takes { $window }.
backups-point = Lost at most in a disaster (RPO): { $point }.
backups-time = Time to return from one (RTO): { $time }, until you have tried it.
monitoring-none = The profile has no monitoring; the thresholds below need one.
monitoring-cost = Monitoring ({ $tools }) costs { $memory } memory, { $disk } disk and { $cores } of the processor; all tiers include it.
alerts-intro = Alert thresholds on the recommended server, early enough for the lead time:
alert-cpu = CPU utilization in the busiest hour, bursts aside: { $threshold } ({ $key }).
alert-memory = Memory in use without page cache: { $threshold } ({ $key }).
alert-disk = Fill level of the file system: { $threshold } ({ $key }).
alert-response-time = Response time at the objective’s percentile: { $threshold } ({ $key }).
alert-jobs = Busy share of the job workers: { $threshold } ({ $key }).
limits-rule = Limits per container on the recommended server; a memory limit is the peak that 95 % of the worlds do not exceed over nine tenths, in steps of 16 MiB:

## 11

servers-title = 11. Servers
servers-policy = Each tier starts from its raw need and takes the smallest server of a generic ladder that meets it. No prices are known here.
tier-headline = { $tier }: needs { $need }; server { $server }, enough in { $fits } of the worlds.
tier-meaning = Cores, memory and disk each hold for { $months } of the expected growth in { $share } of the worlds; all together, and with whole sizes, in the share above.
tier-smaller = Not { $server }: { $resource } { $has }, needed { $need }; enough in { $fits } of the worlds.
tier-breaks = Breaks first: { $what }.
holding = { $resource } lasts until: { $when }.
placement = With { $services } run by the provider, the optimal tier’s host needs { $need }: { $host }; the services themselves need { $memory } memory and { $disk } disk.
placement-when = Prefer this only with prices at hand, or when an availability or recovery objective asks for it.
servers-asked = Servers you asked about
summary-title = Summary
summary-project = Web back end of { $containers }
summary-pair = at least { $minimum }, recommended { $recommended }
summary-gpu-no = no
summary-gpu-maybe = perhaps: measure it
summary-servers = { $servers }
summary-scaling = { $obstacles ->
    [0] vertical first; nothing stands in the way of more servers
    [one] vertical first; one obstacle before more servers
   *[other] vertical first; { $obstacles } obstacles before more servers
}
summary-operations = Firewall, backups off the machine, monitoring with thresholds

## Growth, contradictions, proposals, derivations, assumptions

actions-title = Growth: what to do when
actions-intro = On { $server }; the dates lie the lead time before a resource runs out.
actions-none = Nothing falls due within five years.
action-cpu = Move to more vCPU.
action-memory = Move to more memory, or take processes away.
action-disk = Enlarge the disk, or move media to object storage.
action-workers = Raise the number of workers of { $subject }, with the memory they need; threads of one process still take turns.
action-process = Run more processes of { $subject }, or split it.
action-jobs = Raise the number of job workers of { $subject }.
action-iops = Move to a faster disk, or to more memory for the hot data.
action-network = Rent a larger network port, or serve media from elsewhere.
action-connections = Raise worker_connections of { $subject }.
metric-cpu = CPU utilization
metric-memory = memory in use
metric-disk = fill level of the disk
metric-requests = requests per second in the busiest hour
contradictions-title = Contradictions in the profile
contradictions-none = None found.
proposals-title = Proposed servers
proposals-intro = Judged here, and used nowhere else: { $source }.
proposals-findings = Where the proposal contradicts itself or the profile:
derivations-title = Derivations
derivations-intro = Each need of the recommended tier, in the one world of the 256 that sets it: there every formula can be checked by hand.
derivation-of = { $key }, in the world that sets the tier’s need.
derivation-memory = { $decimal } are { $binary }, the unit in which memory is sold.
assumptions-title = Assumptions used
assumptions-intro = { $count ->
    [one] One assumption entered this plan. State your own number in the profile to replace it.
   *[other] { $count } assumptions entered this plan. State your own numbers in the profile to replace them.
}
unknown-title = What is not known

## First screen and explanations

screen-cores-help = On the recommended server, more vCPU would move what breaks first.
screen-cores-do-not-help = On the recommended server, more vCPU would not move what breaks first.
screen-title = { $service }, as of { $date }
influences-title = Assumptions that matter most
influence = { $key } = { $value }: { $share } of the spread of { $resource }
explain-title = { $key }
explain-value-one-world = In one world of the plan: { $value }
explain-value-simulated = Its value, with the 95 % interval that chance leaves it: { $value }
explain-value = Over the worlds, median and 5 % to 95 % range: { $value }
explain-formula = Formula: { $formula }
explain-source = Source: { $source }
basis-stated = stated
tier-meaning-more = Cores, memory and disk each hold for { $months } with { $multiplier } the expected traffic and growth in { $share } of the worlds; all together, and with whole sizes, in the share above.
cpu-percentiles = The percentiles leave out the model’s own error: see What is not known.
until-title = Recommended server lasts until
fits-title = Recommended server is enough in

## What a simulation finds

simulated-title = What a simulation finds
simulated-not = Not simulated: with the option { $option } a simulation of the recommended server stands beside these numbers.
simulated-intro = Simulated beside computed, on the server of the tier “{ $tier }”: { $events }. Of the 256 worlds two were tried for every container that answers requests: the central one, whose response time at the objective’s percentile is the median, and the unfavorable one, which is worse than { $share } of them.
simulated-meaning = Both are of the same network, so that the error is the calculation’s own, with the 95 % interval that chance leaves it; what the network leaves out of the real service is not in it.
simulated-drifting = { $container }, { $world } world: the simulation had not settled when its events were spent; its numbers may still drift.
simulated-none = { $container }, { $world } world: not simulated, for it has no steady state, reaches it too slowly, or has a class too rare to be seen.
simulated-rare = { $container }, { $world } world: too few requests of { $classes } were seen to tell how long they take.
simulated-mean = mean
simulated-percentile = { $share } within
simulated-value = { $value } ({ $spread })
simulated-error = { $mid } ({ $low } to { $high })
world-central = central
world-unfavorable = unfavorable
column-world = World
column-computed = Computed
column-simulated = Simulated (95 % interval)
column-computed-error = Error of the calculation
