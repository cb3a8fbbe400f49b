# Runs the node given as arguments until the pipe at our input closes: when it is closed on purpose, and when the process
# that holds it is gone, however it ended. The node is interrupted, so that it writes its state, and killed if it hangs.
exec 3<&0
"$@" </dev/null 3<&- 2>&1 &
node=$!
{
    read -r _ <&3
    kill -INT "$node"
    waited=0
    while kill -0 "$node" && [ "$waited" -lt 300 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -KILL "$node"
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$node"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
