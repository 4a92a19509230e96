#!/usr/bin/env bash
# Builds and runs OmniAudit: ./run.sh [VERB …]   (serve is the default; ./run.sh --help lists the verbs)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s\n' "$*" >&2; }

# --- what is needed -----------------------------------------------------------------------------------------------
if ! command -v dotnet >/dev/null 2>&1; then
  say "Missing: the .NET 10 SDK (dotnet is not on PATH)."
  say "Get it:  https://dotnet.microsoft.com/download/dotnet/10.0   or, with the script Microsoft offers there: ./dotnet-install.sh --channel 10.0"
  exit 69
fi
find_chromium() {
  [ -n "${CHROMIUM_PATH:-}" ] && { [ -x "$CHROMIUM_PATH" ]; return; }
  local name
  for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do command -v "$name" >/dev/null 2>&1 && return 0; done
  return 1
}

verb=${1:-serve}
if [ "$verb" = serve ] && ! find_chromium; then
  if [ -n "${CHROMIUM_PATH:-}" ]; then
    say "CHROMIUM_PATH: '$CHROMIUM_PATH' is not a program. Site scans will fail until it names a Chromium or Chrome."
  elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing Chromium from the distribution (site scans use it) …"
    install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" fonts-liberation; }
    if ! { apt-get update -qq && { install chromium-headless-shell || install chromium; }; } >/dev/null 2>&1; then
      say "Chromium could not be installed. Everything but site scans works; to try again by hand: apt-get update && apt-get install -y chromium"
    fi
  else
    say "Missing: Chromium, which site scans need (everything else works without it)."
    say "Get it:  sudo apt-get update && sudo apt-get install -y chromium-headless-shell     or set CHROMIUM_PATH to a Chromium or Chrome you have"
  fi
fi

# --- build, only when something changed ---------------------------------------------------------------------------
configuration=Release
program="$here/OmniAudit.Web/bin/$configuration/net10.0/OmniAudit.Web.dll"
stamp="$here/OmniAudit.Web/bin/$configuration/net10.0/.built-by-run"
began=$stamp.began
changed() {
  [ -f "$program" ] && [ -f "$stamp" ] || return 0
  [ -n "$(find "$here/OmniAudit.Web" "$here/OmniAudit.Modules" "$here/wwwroot/" "$here/appsettings.json" \
            "$here/Directory.Build.props" "$here/Directory.Packages.props" "$here/global.json" \
            \( -name bin -o -name obj -o -name _framework \) -prune -o -type f -newer "$stamp" -print -quit)" ]
}
if changed; then
  if ! (cd "$here" && dotnet --version >/dev/null 2>&1) || ! dotnet --list-sdks | grep -q '^10\.0\.'; then
    say "Missing: a .NET SDK 10.0.x. Found: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | tr '\n' ' ')"
    say "Get it:  https://dotnet.microsoft.com/download/dotnet/10.0"
    exit 69
  fi
  [ "$verb" = serve ] && say "Building (the first time takes a minute or two) …"
  log=$(mktemp)
  # The stamp bears the time before the build: a file saved while it ran is built the next time.
  mkdir -p "$(dirname "$stamp")"; touch "$began"
  if ! (cd "$here" && dotnet build OmniAudit.Web/OmniAudit.Web.csproj -c "$configuration" --nologo -v quiet -clp:NoSummary) >"$log" 2>&1; then
    cat "$log" >&2; rm -f "$log"
    say "The build failed. If packages could not be restored, check the network or your NuGet sources: dotnet nuget list source"
    exit 70
  fi
  rm -f "$log"
  mv "$began" "$stamp"
fi

# The data stay with the program wherever it is called from. A relative OMNIAUDIT_DATA, a .env file and paths in arguments
# are read from the caller's directory.
if [ -z "${OMNIAUDIT_DATA:-}" ] && ! grep -qs '^OMNIAUDIT_DATA=' .env; then export OMNIAUDIT_DATA="$here/data"; fi
exec dotnet "$program" "$@"
