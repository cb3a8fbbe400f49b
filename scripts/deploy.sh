#!/usr/bin/env bash
# Builds the server's image from this checkout, pushes it to the repository of a stack under the names of the branch and
# of the commit, and puts it in the place of the servers that run.
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
