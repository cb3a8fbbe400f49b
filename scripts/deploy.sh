#!/usr/bin/env bash
# Builds the server's image from this checkout, pushes it to a stack's repository tagged with branch and commit, and
# replaces the running servers.
#
#   scripts/deploy.sh <stack>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if (($# != 1)); then
    echo "Usage: scripts/deploy.sh <stack>" >&2
    exit 2
fi
scripts/publish_image "$1"
exec scripts/restart_service "$1"
