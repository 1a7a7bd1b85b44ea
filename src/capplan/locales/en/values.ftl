### Numbers with their units, and lists. $number is finished text, $count chooses the plural.

series-comma = ,{" "}
series-and = {" "}and{" "}
number-spread = { $low }–{ $high }
number-spread-signed = { $low } to { $high }
number-below = <{ $number }

unit-bytes = { $count ->
    [one] { $number } byte
   *[other] { $number } bytes
}
unit-kilobytes = { $number } kB
unit-megabytes = { $number } MB
unit-gigabytes = { $number } GB
unit-terabytes = { $number } TB
unit-kibibytes = { $number } KiB
unit-mebibytes = { $number } MiB
unit-gibibytes = { $number } GiB
unit-bytes-per-second = { $number } B/s
unit-kilobytes-per-second = { $number } kB/s
unit-megabytes-per-second = { $number } MB/s
unit-gigabytes-per-second = { $number } GB/s
unit-milliseconds = { $number } ms
unit-seconds = { $number } s
unit-minutes = { $number } min
unit-hours = { $number } h
unit-days = { $count ->
    [one] { $number } day
   *[other] { $number } days
}
unit-months = { $count ->
    [one] { $number } month
   *[other] { $number } months
}
unit-percent = { $number } %
unit-times = { $number }×
unit-per-second = { $number }/s
unit-per-hour = { $number }/h
unit-cores = { $count ->
    [one] { $number } core
   *[other] { $number } cores
}
unit-servers = { $count ->
    [one] { $number } server
   *[other] { $number } servers
}
unit-containers = { $count ->
    [one] { $number } container
   *[other] { $number } containers
}
unit-databases = { $count ->
    [one] { $number } database
   *[other] { $number } databases
}
unit-users = { $count ->
    [one] { $number } user
   *[other] { $number } users
}
unit-connections = { $count ->
    [one] { $number } connection
   *[other] { $number } connections
}
unit-processes = { $count ->
    [one] { $number } process
   *[other] { $number } processes
}
unit-threads = { $count ->
    [one] { $number } thread
   *[other] { $number } threads
}
unit-workers = { $count ->
    [one] { $number } worker
   *[other] { $number } workers
}
unit-jobs = { $count ->
    [one] { $number } job
   *[other] { $number } jobs
}
unit-copies = { $count ->
    [one] { $number } copy
   *[other] { $number } copies
}
unit-series = { $count ->
    [one] { $number } series
   *[other] { $number } series
}
unit-pages = { $count ->
    [one] { $number } page
   *[other] { $number } pages
}
unit-commits = { $count ->
    [one] { $number } commit
   *[other] { $number } commits
}
unit-writes = { $count ->
    [one] { $number } write
   *[other] { $number } writes
}
unit-operations = { $count ->
    [one] { $number } operation
   *[other] { $number } operations
}
unit-samples = { $count ->
    [one] { $number } sample
   *[other] { $number } samples
}
unit-calls = { $count ->
    [one] { $number } call
   *[other] { $number } calls
}
unit-events = { $count ->
    [one] { $number } event
   *[other] { $number } events
}
unit-requests = { $count ->
    [one] { $number } request
   *[other] { $number } requests
}
unit-number = { $number }
