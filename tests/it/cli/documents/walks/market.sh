# README.md and docs/api.md, on the market that the first block starts.

# What is refused is a failure here.
curl() { command curl --fail --show-error "$@"; }

end() {
    if [[ -s dev.pid ]]; then kill "$(<dev.pid)" || true; fi
    wait
}

trap end EXIT

block 'make dev' &
await target/debug/capi dev info
API=$(target/debug/capi dev info --json | member api)
api=$API
await curl --silent "$API/ready"
block 'make demo'
block 'export PATH'
cmp README.md copy.md
block 'API=http' "s|http://127.0.0.1:5000|$API|" >curl.txt
grep -q '"registered":true' curl.txt
grep -q '"Read me"' curl.txt
cmp <(tail -c 100 curl.txt) <(head -c 100 README.md)

block 'LINK=' "s|localhost:5000|$api|"
cmp README.md file
block "curl -s 'localhost:5000/listings/?" "s|localhost:5000|$api|"
POLL=$(capi market propose cost-per-byte 200000000000 --json | member hash)
ACCOUNT=$(capi market history --as voter --json | member address)
block 'curl -s localhost:5000/market' "s|localhost:5000|$api|"
block 'curl -sN' "s|localhost:5000|$api|" >events.txt &
events=$!
# A vote before the stream is open would not be on it.
voted() {
    capi market vote "$POLL" --as voter2 --yes
    grep -q '^event: poll' events.txt
}
PAUSE=1 await voted
kill "$(pgrep -P "$events")"

# A server of its own, on a market that has none.
kill "$(<dev.pid)"
wait
capi dev --no-serve --port 0 --node-port 0 --json >market.json &
echo $! >dev.pid
await test -s market.json
set -a
. data/dev/env
set +a
block 'capi config check' 's/^capi serve$/& >serve.log \& server=$!/'
await curl --silent "http://localhost:$CAPI_PORT/ready"
kill "$server"
wait "$server"
