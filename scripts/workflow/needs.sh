# Sourced by smoke.sh and drills.sh: what they need, installed where that is possible, and the build.
say() { printf '%s\n' "$*" >&2; }
command -v dotnet >/dev/null 2>&1 || { say "Missing: the .NET 10 SDK. Get it: https://dotnet.microsoft.com/download/dotnet/10.0"; exit 69; }
command -v node >/dev/null 2>&1 || { say "Missing: Node.js 20 or newer, which drives the workflow. Get it: https://nodejs.org or apt-get install -y nodejs"; exit 69; }
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  scripts/install-test-tools.sh >/dev/null || { say "The S3 server or Chromium could not be installed: scripts/install-test-tools.sh"; exit 69; }
fi
if [ "${OMNIAUDIT_BUILT:-}" != true ]; then
  say "Building …"
  log=$(mktemp)
  dotnet build OmniAudit.sln -c Release --nologo -v quiet -clp:NoSummary >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; exit 70; }
  rm -f "$log"
fi
