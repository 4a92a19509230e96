#!/bin/sh
# Installs what the tests use from Debian: Chromium (browser tests), its headless shell (SiteLint), nginx (deploy/nginx.conf), faketime (a
# drill), PostgreSQL, Prometheus, systemd-analyze, and OpenStack Swift with memcached (a real S3-speaking server). None of their services is
# started. Needs root. Safe to repeat, and quick when everything is there. Tests whose tools are missing say so and are skipped.
set -eu

packages="chromium chromium-headless-shell faketime nginx-light postgresql prometheus swift-proxy swift-account swift-container swift-object memcached systemd"
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
# Tests start servers of their own: the packages' services stay off, as far as nobody has a policy of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086 # a list of words
apt-get install -y -q --no-install-recommends $missing
