#!/usr/bin/env bash
# What the reader of commit messages makes of other projects' test data: checkouts of googleapis/release-please (test/fixtures/commit-messages) and orhun/git-cliff (.github/fixtures) below FOLDER.
# git-cliff's fixtures are scripts that make a repository with git; they run in a temporary directory.   usage: bench/notes-corpus.sh FOLDER
set -euo pipefail
[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: bench/notes-corpus.sh FOLDER" >&2; exit 64; }
folder=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bench=$PWD/OmniAudit.Tests/bin/Release/net10.0/OmniAudit.Tests.dll
[ -f "$bench" ] || { echo "Build first: dotnet build OmniAudit.sln -c Release" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@x.test GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@x.test
while IFS= read -r -d '' messages; do cp -r "$messages" "$work/"; done < <(find "$folder" -type d -name commit-messages -print0)
while IFS= read -r -d '' script; do
  fixture=$(dirname "$script")
  [ -f "$fixture/expected.md" ] || continue
  made=$work/fixtures/$(basename "$fixture")
  mkdir -p "$made"
  # Fixtures that ask a forge, or need another program, make no repository here.
  (cd "$made" && git init -q -b main . && bash "$script" && git log --all --format=%B%x00 > messages) > /dev/null 2>&1 || { rm -rf "$made"; continue; }
  cp "$fixture/expected.md" "$made/"
done < <(find "$folder" -path '*fixtures*' -name commit.sh -print0 | sort -z)
dotnet "$bench" bench-notes-corpus "$work"
