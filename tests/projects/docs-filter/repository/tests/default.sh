set -eu
test "$(bin/greet)" = "Hello, world"
