# Blocks whose tools need hours, an engine, a fleet or a screen. Stand-ins show how they were called.

block 'make sim' >sim.txt
[[ $(grep -c ' sim::campaign::no_seed_breaks_what_must_hold$' sim.txt) == 5 ]]
grep -q 'fn no_seed_breaks_what_must_hold()' "$ROOT/tests/it/sim/campaign.rs"
for line in CAPI_SIM_SEEDS=1000 CAPI_SIM_SEEDS=100000 CAPI_SIM_THREADS=4 CAPI_SIM_FIRST=5000 CAPI_SIM_SEED=42 \
    CAPI_SIM_LOG=trace; do
    grep -qx "$line" sim.txt
    grep -qr "\"${line%=*}\"" "$ROOT/tests/it/sim"
done
grep -qx 'scripts/plant-faults' sim.txt

(block 'make web') >web.txt
[[ $(<web.txt) == *$'\nscripts/build-web\nscripts/test-web\nnpm run dev in web for http://127.0.0.1:5000' ]]
# These two are part of `make test`.
tests=$(make -f "$ROOT/Makefile" -n test)
[[ $tests == *$'\nscripts/build-web\n'* && $tests == *$'\nscripts/test-web' ]]
grep -q '"dev": ' "$ROOT/web/package.json"
grep -q 'CAPI_URL' "$ROOT/web/vite.config.ts"

IMAGE=capi:mainnet
block 'docker create'
test -e capi.cdx.json

KEY=$(printf '1f%.0s' {1..32})
block "printf '302e"
[[ $(openssl pkey -inform DER -in key.der -noout -text | tr -d ' :\n') == *$KEY* ]]

mkdir tmp
export EDITOR='cp vault.yml' ANSIBLE_VAULT_PASSWORD_FILE=$PWD/password
echo password >password
printf 'vault_%s: "x"\n' datatrust_key jwt_secret_key rpc_path >vault.yml
# The editor wants a terminal.
in_terminal() { python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' "$@" </dev/null; }
block 'ansible-galaxy' "s|/tmp|$PWD/tmp|" 's|^ansible-vault|in_terminal &|' 's|--ask-vault-pass|--list-hosts|' >hosts.txt
grep -q ' data\.example\.org$' hosts.txt
grep -q ' watch\.example\.org$' hosts.txt
ansible-vault view group_vars/mainnet/vault.yml | cmp - vault.yml
