# The first hour of docs/operating.md, a backup and a restore, as root on a small Debian. Another terminal on it belongs to
# the market's token holders. $CHAIN is the directory of `capi dev`, whose node serves the market.

names=/etc/letsencrypt/live/data.example.org

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# In docs/operating.md: "Write the settings".
setting() {
    grep -q "^#\?$1=" /etc/default/capi || fail "/etc/default/capi has no $1"
    sed -i "s|^#\?$1=.*|$1=$2|" /etc/default/capi
}

vote_in() {
    local voter
    for voter in voter voter2; do
        capi market vote "$1" --yes --key-file "/root/$voter.key"
    done
    capi dev pass-time 101 --dev-dir "$CHAIN"
}

end() {
    if [[ -e /run/capi.supervisor ]]; then systemctl stop capi || true; fi
    if [[ -e /run/nginx.pid ]]; then nginx -s stop; fi
}

tls=$(free_port) port=$(free_port)
site=https://data.example.org:$tls
# The only authority that it trusts.
export SSL_CERT_FILE=$names/fullchain.pem
trap end EXIT
cd /root

block 'apt-get install' "s|\./.*\.deb|$PACKAGE|"

mkdir -p /media/usb /mnt/backups
block 'capi key new --phrase' "s|https://node.example/your-key|$NODE|" 's|credentials$|&  >/root/words|'
ACCOUNT=$(awk '$1 == "address" { print $2 }' words)
RECIPIENT=$(awk '$1 == "recipient" { print $2 }' words)
[[ ! -e /etc/capi/credentials/backup-identity && -s /media/usb/backup-identity ]]

setting CAPI_STACK mainnet
setting CAPI_DNS_NAME "data.example.org:$tls"
setting CAPI_PUBLIC_KEY "$ACCOUNT"
for name in DATATRUST_KEY JWT_SECRET_KEY RPC_PATH; do
    sed -i "s|^#\(CAPI_${name}_FILE=\)|\1|" /etc/default/capi
done
setting CAPI_BACKUP_STORE file:///mnt/backups
setting CAPI_BACKUP_RECIPIENT "$RECIPIENT"
setting CAPI_PORT "$port"
setting CAPI_METRICS_ADDR "127.0.0.1:$(free_port)"
cp stacks.yml /etc/capi/stacks.yml
echo CAPI_STACKS_FILE=/etc/capi/stacks.yml >>/etc/default/capi
echo "CAPI_OPERATORS=$OPERATOR" >>/etc/default/capi
block 'cat >/root/capi.env'

capi dev drip "$ACCOUNT" --eth 10 --cmt 10 --dev-dir "$CHAIN"
echo "127.0.0.1 data.example.org" >>/etc/hosts
sed -i "s|listen 80;|listen 127.0.0.1:$(free_port);|; s|listen 443 |listen 127.0.0.1:$tls |; s|:5000|:$port|" \
    /etc/nginx/conf.d/capi.conf
rm -f /etc/nginx/sites-enabled/default
nginx
install -d -o capi -g capi /mnt/backups
# The server that is to answer is not started yet.
block 'capi admin status' 's/^capi doctor/& || true/'

# The block looks at once, and the service needs a moment.
block 'systemctl enable' "s|https://data.example.org|$site|" 's/^curl/await &/'
await curl "$site/ready"
capi admin status | grep -q '^server .*ready'

block 'capi admin register' "s|^capi admin register|REGISTRATION=\$(& --json \| member hash); vote_in \$REGISTRATION|" \
    's|0x6a5f\.\.\.|$REGISTRATION|'

registered() { curl "$site/status/" | grep -q '"registered":true'; }
await registered
block 'capi market unstake'

# A terminal of somebody else, on another machine.
elsewhere() {
    unset "${!CAPI_@}"
    export CAPI_STACKS_FILE=/root/stacks.yml
}

(
    elsewhere
    cp maker.key maker.json
    block 'export CAPI_STACK=mainnet CAPI_SECRETS=none CAPI_API' "s|https://data.example.org|$site|" \
        "s|https://node.example/your-key|$NODE|"
)
LISTING=$(capi market ls --candidates --json | member listing_hash)
vote_in "$LISTING"
capi market resolve "$LISTING" --key-file voter.key
capi market ls | grep -q 'A first file'
capi market buy "$LISTING" -o copy.md --key-file buyer.key
settled() { [[ $(capi admin transactions --json) == '[]' ]]; }
# Each look is a sign-in, and their number is limited.
PAUSE=3 await settled

(
    elsewhere
    cp operator.key operator.json
    block 'export CAPI_STACK=mainnet CAPI_SECRETS=none CAPI_RPC_PATH' "s|https://data.example.org|$site|" \
        "s|https://node.example/your-key|$NODE|"
)

block 'capi admin backup' | tee backup.txt
grep -q '^files  *1, ' backup.txt
[[ -z $(find /mnt/backups ! -user capi) ]]
(
    set -a
    block 'CAPI_BACKUP_STORE=' 's|s3://backups/mainnet|file:///mnt/backups|' "s|age1\.\.\.|$RECIPIENT|"
    capi config check
)

# The machine is lost, and what an operator keeps is not.
systemctl stop capi
rm -r /var/lib/capi /etc/capi/credentials/* /run/credentials
awk 'NF == 24' words >phrase
[[ $(wc -l <phrase) == 1 ]]
(
    elsewhere
    block 'umask 077' 's|^capi key derive /etc/capi/credentials|& <phrase|' "s|https://node.example/your-key|$NODE|"
)
await curl "$site/ready"
capi market get "$LISTING" -o again.md --key-file buyer.key
cmp README.md again.md

# "On a machine other than the server's": it has other credentials.
mv /etc/capi/credentials server-credentials
(
    elsewhere
    block 'umask 077' 's|^capi key derive /etc/capi/credentials|& <phrase|' "s|https://node.example/your-key|$NODE|" \
        '/^install -d /,$d'
    block 'capi admin backup --verify' "s|https://data.example.org|$site|"
) | tee rehearsal.txt
grep -q '^verified ' rehearsal.txt
if grep ' differs$' rehearsal.txt; then exit 1; fi
mv server-credentials/* /etc/capi/credentials/

systemctl stop capi
if grep 'the backup failed' /var/log/capi.log; then exit 1; fi
(
    elsewhere
    export CAPI_HOST=127.0.0.1 CAPI_PORT=$port
    block 'CAPI_STACK=mainnet CAPI_SECRETS=none' "s|RPC_PATH=https://\.\.\.|RPC_PATH=$NODE|" \
        "s|DATATRUST_KEY=\.\.\.|DATATRUST_KEY=$(</etc/capi/credentials/datatrust-key)|" \
        "s|JWT_SECRET_KEY=\.\.\.|JWT_SECRET_KEY=$(</etc/capi/credentials/jwt-secret-key)|" \
        's|capi serve$|& \& foreground=$!|'
    await curl "$site/started"
    kill "$foreground"
    wait "$foreground"
)
