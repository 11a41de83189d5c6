#!/bin/sh
echo "tool 2"
