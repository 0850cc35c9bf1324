#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A client made of nngcat and protoc alone: it pulls what its token may read until it has caught up, and prints the id and
# the version of each record.
# usage: stream_nngcat.sh TOP ADDRESS TOKEN
set -euo pipefail
top=$1 address=$2 token=$3
dir=$(mktemp -d /tmp/anlan-stream-XXXXXX)
trap 'rm -rf "$dir"' EXIT
proto() { protoc -I "$top/proto" -I "$top/tests/interop" -I /usr/include "$@" stream.proto; }
# Too much padding: base64 complains and decodes all the same.
credential=$(printf %s "$token" | tr -- '-_' '+/' | sed 's/$/==/' | { base64 -d 2>/dev/null || true; } | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')
cursor=
: >"$dir/items"
for _ in $(seq 1000); do
  printf 'calls { method: "anlan.rpc.v1.FeedService/PullStream" credential: 1 timeout_ms: 10000
          body { cursor: "%s" page_size: 5 } } credentials: "%s"' "$cursor" "$credential" |
    proto --encode=anlan.interop.PullMessage >"$dir/request"
  nngcat --req --dial="$address" --file="$dir/request" --raw --recv-timeout=10 >"$dir/reply"
  proto --decode=anlan.interop.PullReply <"$dir/reply" >"$dir/text"
  if grep -q '^  status {' "$dir/text"; then cat "$dir/text" >&2; exit 1; fi
  [ "$(sed -n 's/^    continues: "\(.*\)"/\1/p' "$dir/text")" = "$cursor" ] || { echo "a page is missing" >&2; exit 1; }
  cat "$dir/text" >>"$dir/items"
  cursor=$(sed -n 's/^    cursor: "\(.*\)"/\1/p' "$dir/text")
  if grep -q '^    caught_up: true' "$dir/text"; then break; fi
done
# An item: its kind, then its record; a withdrawal has an id of its own.
awk '/^      kind:/ { kind = $2 }
     /^        record_id:/ { gsub(/"/, "", $2); id = $2 }
     /^        version:/ { if (!(id in held) || $2 >= held[id]) held[id] = $2 }
     /^      record_id:/ { gsub(/"/, "", $2); if (kind == "STREAM_ITEM_KIND_WITHDRAWN") delete held[$2] }
     END { for (id in held) print id "," held[id] }' "$dir/items" | sort
