#!/usr/bin/env bash
set -euo pipefail
diff <(printf 'TEA\nCOFFEE\n') "$1"
