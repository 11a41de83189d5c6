echo "c is fine"
