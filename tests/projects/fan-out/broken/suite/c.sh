echo "c is not"
exit 1
