echo "b is fine"
