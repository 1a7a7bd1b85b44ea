### A run beside the plan: what was loaded, what was found, what had been predicted.

## Numbers

unit-steps = { $count ->
    [one] { $number } step
   *[other] { $number } steps
}
reading = { $value } ({ $spread })
reading-alone = { $value } (no interval)
reading-absent = not read
error-over = +{ $size }
error-under = −{ $size }
error-none = not defined
error-unusable = step not valid

## What was run

run-title = Load run { $name }
preface-measured = Steps of the run { $name } were measured and stand at the end of this report, beside what had been predicted of them. Nothing is calibrated yet: no number of the plan was changed by them.
measured-title = Measured: the steps of the run
run-what = Run { $name } against { $url }, begun on { $date } at { $time }, with capplan { $version }.
status-finished = It was carried out to its end.
status-running = It has no end: it is still going on, or was killed. What stands here is what was finished until then.
status-interrupted = It was interrupted: what stands here is a part of what was to be run.
status-target-down = It ended early, because the target stopped answering: what stands here is a part of what was to be run.
status-failed = It ended early, because the measuring itself failed: what stands here is a part of what was to be run.
status-reason = The reason given: “{ $reason }”
run-partial = Of { $planned } that were planned, { $done } came to a result.
run-valid = Of { $done }, { $valid } may be used.
search-for = Searched: the largest load at which { $percentile } of the requests are answered within { $time }.
search-rate = The largest one found makes { $rate } (open).
search-users = The largest one found: { $users } (closed), which make { $rate }.
search-missed = The smallest one found that misses it: { $load }.
search-found = The two are 5 % apart at most, or one user.
search-at-cap = That is the most the scenario lets be tried; the limit lies above.
search-never = Not even the smallest load that may be tried meets the objective.
search-unknown = The search ended without an answer: one load could not be measured validly twice in a row.
search-out-of-steps = The search ran out of steps before the two were 5 % apart.
search-unended = The search has not ended.
run-machine = Machine: { $machine }.
run-servers = Servers, as they answered over their own protocols: { $servers }.
run-generator = Load generator: { $processes } on the same machine; seed { $seed }.
run-frozen = The prediction was frozen before the first request; its SHA-256 begins { $digest }.
run-clock = The wall clock moved by { $moved } against the monotonic one; nothing is timed by it.
mode-closed = Closed: a fixed number of users, each waiting for the reply and then thinking before the next request. Slow replies lower the rate.
mode-open = Open: requests arrive at random moments (Poisson) at a given rate, however slow the replies are. Response times count from the moment a request was to be sent, so that nothing slow is left out.

## Steps

steps-intro = Basis of every number in this table: measured. Intervals are 95 %, by batch means over the measurement window. Response times are those of the requests that succeeded.
screen-steps = Measured. The throughput has its 95 % interval here; the whole report has the others.
column-step = Step
column-asked = What was asked
column-throughput = Throughput
column-short-mean = Mean
column-p50 = p50
column-p95 = p95
column-p99 = p99
column-percentiles = p50 / p95 / p99
percentiles = { $p50 } / { $p95 } / { $p99 }
column-errors = Failed requests
column-usable = May be used
column-short-usable = Valid
column-short-errors = Failed
asked-idle = idle: nothing is sent
asked-burst = closed: { $users } without think time
asked-users = closed: { $users }, think time { $think }
asked-users-as-written = closed: { $users }, think time as the locustfile says
asked-rate = open: { $rate }
asked-only = { $asked }, only { $task }
asked-backup = { $asked }, with a backup running
asked-profile = { $asked } (the profile’s own point)
errors-none = none of { $total }
errors-some = of { $total }: { $kinds }
errors-short = { $failed } of { $total }
errors-kind = { $count } × { $kind }
outcome-client-error = 4xx
outcome-too-many = 429
outcome-server-error = 5xx
outcome-connection = connection
outcome-timeout = timeout
outcome-foreign = would have left the target
outcome-failed = refused by the scenario’s own check
step-valid = yes
step-not-valid = no
step-invalid = no: { $reasons }
note-uncorrected = { $step }: p95 from the intended start is { $intended }; counted from the actual start, as a generator that waits for replies does, it would read { $sent }.
note-think = { $step }: mean think time found { $think }.
note-rising = { $step }: the response time rose by { $drift } over the window.
note-falling = { $step }: the response time fell by { $drift } over the window.
note-drain = { $step }: after the load had stopped, the job queue took { $time } to empty.
note-growth = { $step }: stored data of { $what } grew by { $grown }.

## Services

services-title = Measured: processor and memory by service
services-intro = Basis of every number in this table: measured. Processor time has a 95 % interval; memory shows the median with its least and largest reading. PSS counts each shared page once over all processes; what is anonymous or shared memory cannot be dropped.
column-service = Service
column-cpu = CPU
column-busiest = Busiest process
column-cpu-request = CPU per request
column-pss = Memory (PSS)
column-need-memory = Of it anonymous or shared
column-memory = Memory
column-writes = Disk writes
service-throttled = { $step }: { $service } was throttled in { $share } of its periods.
service-killed = { $step }: the kernel killed { $count ->
    [one] one process
   *[other] { $count } processes
} of { $service } for want of memory.
service-restarted = { $step }: { $service } was restarted { $count ->
    [one] once
   *[other] { $count } times
}.
absent-intro = Could not be read, and why:
absent = { $statistic } of { $services }: { $reason }
screen-absent = { $count ->
    [one] One statistic could not be read; the report says which and why.
   *[other] { $count } statistics could not be read; the report says which and why.
}

## Predicted beside measured

compared-title = Predicted beside measured
compared-uncalibrated = Nothing is calibrated yet: every prediction comes from the profile and its assumptions alone.
compared-meaning = An error is that of the assumptions and of the model together, and no column can tell the two apart. Large errors are expected, and no reason to trust or to mend either.
compared-source = Predicted from { $profile } on { $cores } (basis: derived), frozen before the first request.
compared-intervals = Predictions show the median with the 5 % to 95 % range over the worlds; measurements (basis: measured) the 95 % interval, or for memory the least and largest reading. The error is (predicted − measured) / measured. A step that is not valid has none.
compared-nothing = No profile was given, so nothing was predicted; nothing is calibrated either.
compared-without = { $step }: { $reason }.
unpredicted-saturated-in-some-worlds = in some worlds the model says that the machine saturates; a response time then has no limit
unpredicted-saturated = the model says that the machine saturates; a response time then has no limit, and none is predicted
unpredicted-no-think-time = not predicted, for neither the step nor the profile says a think time
unpredicted-no-such-class = not predicted, for the profile has no request class of that name
column-measure = What
column-predicted = Predicted
column-predicted-error = Predicted (error)
predicted-error = { $predicted } ({ $error })
column-measured = Measured
column-error = Error
column-inside = Measured lies in the predicted range
inside-yes = yes
inside-no = no
measure-throughput = throughput
measure-mean = mean response time
measure-p50 = p50
measure-p95 = p95
measure-utilization = utilization of the processor
measure-cpu = CPU
measure-memory = memory
measure-of = { $measure } of { $subject }
repeats-none = No step has several valid repeats, so the noise of the measurement is not known beyond its intervals.
repeats-intro = Repeats of one step, measured at different times of the run: the least and the largest estimate. No error smaller than this says anything.
column-repeats = Valid repeats

## Validity

validity-title = Measured: validity and the machine
gates-intro = A step that fails one of its gates is kept, and never used.
gates-all-passed = Every gate of every step was passed.
gates-unread = Not looked at in some or all steps, because something was not read, and taken as passed: { $gates }.
gate-failed = { $step }: { $gate }: found { $found }, limit { $limit }.
gate-of = { $gate } ({ $subject })
step-ended-early = { $step } ended early: { $reason }.
aborted-target-down = the target stopped answering
aborted-interrupted = interrupted
aborted-lost = the load generator or the sampler was lost
aborted-no-backup = the backup that was to run meanwhile failed
aborted-rate-cap = the rate reached the scenario’s cap
gate-little = Little’s law, N = X (Z + R)
gate-achieved = requests sent over requests intended
gate-counted = requests recorded unlike those counted
gate-errors = failed requests
gate-generator = busiest process of the load generator
gate-loop-lag = delay of the load generator’s event loop
gate-throttled = throttled periods
gate-drained = time until no job waited
gate-sampler-gap = gap between two samples
gate-foreign = foreign processor time
gate-speed-drift = change of the processor’s speed
gate-steal = processor time given to others by the hypervisor (steal)
gate-oom = processes killed for want of memory
gate-restart = restarts
gate-drift = drift of the response time
gate-steady = no steady part found in the first half
gate-too-few = too few requests
host-intro = What the machine did in each window (measured). Foreign is processor time used by something outside of the run. The speed is the time that a fixed piece of work took again and again, median with 5 % and 95 % quantiles: it tells how fast the processor was meanwhile.
host-busy = { $busy } of { $cores }
column-busy = Busy
column-foreign = Foreign
column-steal = Steal
column-iowait = Waiting for disk
column-generator = Busiest generator process
column-lag = Delay of its event loop (p99)
column-sampler = Sampler
column-speed = Time of the fixed work
