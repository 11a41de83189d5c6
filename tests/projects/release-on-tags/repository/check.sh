#!/bin/sh
test "$(./tool.sh)" = "tool 1"
