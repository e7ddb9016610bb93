# For the scripts here: counts what is not as expected in `failures`.
failures=0

# expect ACTUAL EXPECTED WHAT
expect() {
    if [ "$1" = "$2" ]; then
        echo "as expected: $3 ($1)"
    else
        failures=$((failures + 1))
        echo "WRONG: $3: $1 instead of $2"
    fi
}
