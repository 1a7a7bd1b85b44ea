#!/bin/bash
# Succeeds if a Celery worker listens at the broker for remote control. `celery inspect ping` would say the same, for a
# second of processor time in the very container that is measured.
exec 3<>/dev/tcp/redis/6379 || exit 1
printf 'PUBSUB NUMPAT\r\nPUBSUB NUMSUB /0.celery.pidbox\r\nPUBSUB CHANNELS\r\n' >&3
timeout 2 cat <&3
