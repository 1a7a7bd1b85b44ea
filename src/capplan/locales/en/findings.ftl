### Findings: one message per code.

## Obstacles to a second server; the -short form names one inside a sentence.

obstacle-local-media = Media lies on the local disk: move it to object storage or a shared file system.
obstacle-local-media-short = media on the local disk
obstacle-single-beat = There is one scheduler, { $container }: two of them would run every periodic job twice.
obstacle-single-beat-short = a single scheduler
obstacle-database-on-host = The database { $container } runs on the same host: give it a host of its own first.
obstacle-database-on-host-short = the database on the same host
obstacle-store-on-host = The store { $container } (broker, cache, channel layer) runs on the same host: every server must reach it.
obstacle-store-on-host-short = the store on the same host
obstacle-memory-channel-layer = The channel layer lives in memory and does not cross processes: use Redis.
obstacle-memory-channel-layer-short = an in-memory channel layer
obstacle-no-channel-layer = WebSockets without a channel layer reach only the users of one process.
obstacle-no-channel-layer-short = no channel layer

## Contradictions within the profile

dashboard-unreachable = The dashboard listens on port { $port }, but only { $ports } are open: how is it reached? Use an SSH tunnel, or put it behind Nginx.
data-port-published = Port { $port } of { $container } is published; Docker’s published ports bypass ufw, so the data is open to the network.
container-exceeds-limit = { $container } needs { $need } but is limited to { $limit }: it will be killed.
connections-exceed-maximum = All workers together hold { $held }, but { $container } accepts { $most }.
buffers-exceed-container = shared_buffers of { $container } is { $buffers }, more than half of the container’s { $room }: it was sized for the host.
backups-on-host = Backups stay on the machine they protect.
recovery-point-before-backup = At most { $promised } of data may be lost, but backups are { $interval } apart and WAL is not archived.
recovery-slower-than-promised = The service must be back within { $promised }, but fetching the backup, restoring and checking take about { $takes } at the horizon.
channel-layer-per-process = The channel layer lives in memory, but there are { $processes }: a message reaches only one of them.
objective-below-service-time = { $request_class } takes { $alone } on average with no other request around, and { $share } of them up to { $slow } by the exponential law used here: no server meets the objective of { $objective }.
logs-without-rotation = Logs are not rotated: no retention can be promised, and they grow until the disk is full.
gives-way-today = { $resource } gives way at { $factor } today’s traffic already, on the recommended server: no larger one mends it unless it is the processor.

## Contradictions of a proposal

proposal-memory-below-own-floor = It asks for at least { $floor } of memory and proposes { $server } with { $has }.
proposal-disk-below-own-floor = It asks for at least { $floor } of disk and proposes { $server } with { $has }.
proposal-cores-below-own-floor = It asks for at least { $floor } and proposes { $server } with { $has }.
proposal-services-memory-elsewhere = It estimates { $claimed } for all services together; the peaks of their containers add up to { $together } ({ $least } to { $most }).
proposal-disk-kind-varies = It names several kinds of disk: { $kinds }.
proposal-no-free-reserve = { $disk } of disk are { $full } full ({ $occupied } of { $usable } usable) once its own growth has arrived; the limit is { $limit }.
proposal-managed-yet-more-memory = { $server } takes { $services } off the host, yet its memory grows from { $before } to { $after }.
proposal-balancer-one-database = A load balancer is called high availability, but { $container } is the only database.
proposal-not-ready-for-servers = It calls the service ready for more servers, but there is { $obstacles }.
proposal-tier-not-dominating = { $server } has less of something than { $below }, the tier under it.

## What is not known

unknown-nothing-measured = Nothing here was measured on this stack: no load run has checked the plan, and its error is unknown.
unknown-nothing-calibrated = Nothing is calibrated: a run stands beside this plan, but no number of it was used, and the plan’s error on other loads is unknown.
unknown-processor-time = Processor time per request is assumed in { $containers }; a ten-minute load run would replace the widest assumption.
unknown-waits = Waits that are not processor time (calls to other services, slow queries) are not stated and were taken as none.
unknown-traffic-growth = How traffic grows is not stated; a planning convention stands in.
unknown-request-mix = All requests are taken as one class; a few slow ones would change the percentiles.
unknown-response-law = Percentiles follow one request among others who come and go, with exponential times for each piece of its work, which nothing has measured. Against 20 exactly solved networks of one kind of request the 95th percentile was between 5 % too low and 2 % too high, in most within 1 %; --simulate shows the error for this service.
unknown-mixed-classes = Requests hold a worker of { $container } for very different times. Whoever waits behind a long one may wait up to { $factor } times as long as computed here; --simulate shows by how much.
simulated-objective-missed = { $request_class }: the simulation of the recommended server takes { $simulated } at the objective’s percentile, the calculation { $computed }; the objective is { $objective }. Believe the simulation: take a larger server, more workers, or other limits, and simulate again.
simulated-slower = The simulation of the recommended server is up to { $factor } as slow as computed. What this plan says of response times, and of the traffic up to which objectives hold, is too good by that much.
simulated-faster = The simulation of the recommended server takes only { $factor } of the time computed: the plan is on the safe side by that much.
unknown-interpreter-lock = Threads of one Python process in { $container } take turns under its lock, which is counted here only roughly, as the workers share fewer connections or are more than 64. --simulate counts it in full.
unknown-throttling = CPU limits of containers are counted as limits; the pauses they cause are not.
unknown-prices = Prices are not known; the smallest server is not always the cheapest.
unknown-jobs = Background jobs are not stated: how many requests enqueue one, and what it costs, is assumed.
