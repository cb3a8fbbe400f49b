# What every walk begins with. $BLOCKS is a directory with the walk's blocks, one in each file.

fail() {
    echo "$*" >&2
    exit 1
}

# Runs the block whose first line is the given one, or else begins with it, after edits (for sed) that put what is here in
# place of the example's names. Each edit has to change something.
block() {
    local words=$1 found='' candidate line edit text edited
    shift
    for candidate in "$BLOCKS"/*; do
        IFS= read -r line <"$candidate"
        if [[ $line == "$words" ]]; then
            found=$candidate
            break
        elif [[ $line == "$words"* ]]; then
            found=$candidate
        fi
    done
    if [[ -z $found ]]; then fail "no block begins with: $words"; fi
    text=$(<"$found")
    for edit; do
        edited=$(sed "$edit" <<<"$text")
        if [[ $edited == "$text" ]]; then fail "$edit changes nothing in the block: $words"; fi
        text=$edited
    done
    echo "--- $words"
    echo "${found##*/}" >>"$BLOCKS.run"
    eval "$text"
}

# Waits until a command succeeds, which is tried every $PAUSE seconds.
await() {
    local try
    for ((try = 0; try < 600; try++)); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep "${PAUSE:-0.1}"
    done
    fail "in vain: $*"
}

# A member of the JSON on standard input, at any depth.
member() {
    python3 -c '
import json, sys
def find(value):
    if isinstance(value, dict):
        if sys.argv[1] in value: yield value[sys.argv[1]]
        value = list(value.values())
    if isinstance(value, list):
        for each in value: yield from find(each)
print(next(find(json.load(sys.stdin))))' "$1"
}
