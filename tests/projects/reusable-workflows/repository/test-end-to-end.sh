#!/usr/bin/env bash
set -euo pipefail
test -s "$1"
test -n "${TOKEN:-}"
