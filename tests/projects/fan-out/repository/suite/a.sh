echo "a is fine"
