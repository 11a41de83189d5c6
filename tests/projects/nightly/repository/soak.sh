#!/bin/bash
set -eu
rounds=$1
shift
for ((round = 1; round <= rounds; round++)); do
  [[ "${1:-}" = --verbose ]] && echo "round $round of $rounds"
  :
done
test "$HOURS" = 8
