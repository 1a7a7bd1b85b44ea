#!/bin/bash
# Succeeds if a Celery worker listens at the broker for remote control. `celery inspect ping` would say the same, for a
# second of processor time in the very container that is measured.
exec 3<>/dev/tcp/redis/6379 || exit 1
printf 'PUBSUB NUMPAT\r\n' >&3
read -r -t 4 answer <&3
[ "${answer//[^0-9]/}" -gt 0 ]
