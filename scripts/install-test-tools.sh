#!/bin/sh
# Installs what the tests use from Debian: Chromium (browser tests, SiteLint) and OpenStack Swift with memcached (a real
# S3-speaking server). Needs root. Safe to repeat, and quick when everything is there. Tests whose tools are missing say
# so and are skipped.
set -eu

packages="chromium swift-proxy swift-account swift-container swift-object memcached"
missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "Nothing to install."
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Run as root; missing:$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of words
apt-get install -y -q --no-install-recommends $missing
