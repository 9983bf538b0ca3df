#!/usr/bin/env bash
# Runs the tests and the demo under the oldest and the newest Node we support. `tools/node-matrix.sh [version …]`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=(20.19 24)

for version in "${versions[@]}"; do
  folder="$PWD/node_modules/.cache/polytask/node-$version"
  binary="$folder/node_modules/node/bin"
  if [ ! -x "$binary/node" ]; then
    mkdir -p "$folder"
    echo '{ "private": true }' > "$folder/package.json"
    npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "node@$version"
  fi
  printf '\n── Node %s\n' "$("$binary/node" --version)"
  PATH="$binary:$PATH" npm test
  PATH="$binary:$PATH" npm run --silent demo
done
