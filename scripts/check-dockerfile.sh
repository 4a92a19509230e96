#!/usr/bin/env bash
# Runs the Dockerfile's steps in bare Debian roots, without a container engine, and starts what they make: as its user, with the
# root read-only and no capabilities. A broken step is named with its line. Needs root on Debian or Ubuntu.
#   scripts/check-dockerfile.sh [--file DOCKERFILE] [--keep]          (--keep leaves the roots for a look)
# What it cannot see: the images named in FROM themselves. They are stood in for, and the output says by what.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }
[ "$(id -u)" = 0 ] || { say "Run as root: it makes file systems and enters them."; exit 69; }
command -v dotnet >/dev/null 2>&1 || { say "Missing: the .NET 10 SDK, which stands in for the one of the build image."; exit 69; }
missing=""
command -v mmdebstrap >/dev/null 2>&1 || missing="$missing mmdebstrap"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null 2>&1 || { say "Missing:$missing"; exit 69; }
  # shellcheck disable=SC2086 # a list of words
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 || { say "Could not be installed:$missing"; exit 69; }
fi
exec python3 scripts/dockerfile/check.py "$@"
