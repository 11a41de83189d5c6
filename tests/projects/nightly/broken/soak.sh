#!/bin/bash
set -eu
echo "it does not hold" >&2
exit 3
