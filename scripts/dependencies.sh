#!/usr/bin/env bash
# Writes docs/dependencies.md: every package of the lock files with the licence that the package itself states.
#   scripts/dependencies.sh            write it anew (after a restore: the licences are read from the packages)
#   scripts/dependencies.sh --check    exit 1, and say what differs, when it is not up to date
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v node >/dev/null 2>&1 || { echo "Missing: Node.js 20 or newer. Get it: https://nodejs.org or apt-get install -y nodejs" >&2; exit 69; }
exec node scripts/dependencies.mjs "$@"
