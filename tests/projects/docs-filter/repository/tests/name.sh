set -eu
test "$(bin/greet Ada)" = "Hello, Ada"
