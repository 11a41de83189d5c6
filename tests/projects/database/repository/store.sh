#!/bin/sh
set -e
ask() { redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" "$@"; }
ask set today 'value of the day'
test "$(ask get today)" = 'value of the day'
ask get today
