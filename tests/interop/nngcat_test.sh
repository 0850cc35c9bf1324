#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A client made of nngcat and protoc alone: it asks a service's health and contract, and reads a county's unit.
# usage: nngcat_test.sh TOP BIN
set -euo pipefail
top=$1 bin=$2
dir=$(mktemp -d /tmp/anlan-nngcat-XXXXXX)
pid=
trap '[ -z "$pid" ] || kill "$pid"; "$top/tests/support/cluster" kill "$dir" || true; rm -rf "$dir"' EXIT
"$top/tests/support/cluster" start "$dir"
"$bin/anlan-organisations" migrate --database="host=$dir dbname=anlan_organisations user=anlan_organisations_owner" >/dev/null
"$bin/anlan" init "$dir/keys" >/dev/null
"$bin/anlan-organisations" serve --keys="$dir/keys" --database="host=$dir dbname=anlan_organisations user=anlan_organisations" \
  --listen="ipc://$dir/o" --feed="ipc://$dir/o.feed" --health="ipc://$dir/o.health" --directory="ipc://$dir/o.feed" 2>"$dir/log" &
pid=$!
for _ in $(seq 100); do "$bin/anlan" --timeout 500 health "ipc://$dir/o.health" >/dev/null 2>&1 && break; sleep 0.05; done

call() {    # call ADDRESS METHOD REQUEST_TYPE REPLY_TYPE TOKEN: request in text format on stdin
  local body
  body=$(protoc -I "$top/proto" --encode="$3" "$6" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')
  printf 'calls { method: "%s" body: "%s" credential: %d } %s' "$2" "$body" "${5:+1}" \
    "${5:+credentials: \"$(printf %s "$5" | tr -- '-_' '+/' | sed 's/$/==/' | base64 -d 2>/dev/null | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')\"}" |
    protoc -I "$top/proto" --encode=anlan.rpc.v1.Request anlan/rpc/v1/envelope.proto >"$dir/request"
  nngcat --req --dial="$1" --file="$dir/request" --raw --recv-timeout=5 >"$dir/reply"
  protoc -I "$top/proto" --decode=anlan.rpc.v1.Reply anlan/rpc/v1/envelope.proto <"$dir/reply"
}

reply=$(echo 'service: ""' | call "ipc://$dir/o.health" anlan.rpc.v1.HealthService/Check anlan.rpc.v1.CheckRequest x "" anlan/rpc/v1/health.proto)
echo "$reply" | grep -q 'results {' || { echo "no result: $reply"; exit 1; }
! echo "$reply" | grep -q 'status {' || { echo "refused: $reply"; exit 1; }

reply=$(echo '' | call "ipc://$dir/o" anlan.rpc.v1.ReflectionService/GetDescriptorSet anlan.rpc.v1.GetDescriptorSetRequest x "" anlan/rpc/v1/reflection.proto)
grep -q 'OrganisationsService' <<<"$reply" ||   # a pipe would break under so much
  { echo "no descriptor set: ${reply:0:300}"; exit 1; }

token=$("$bin/anlan" token --keys "$dir/keys" --role administrator --instance)
id=$(python3 -c 'import time, os; b = bytearray(os.urandom(16)); b[:6] = int(time.time() * 1000).to_bytes(6, "big"); b[6] = 0x70 | b[6] & 15; b[8] = 0x80 | b[8] & 63; h = b.hex(); print("-".join([h[:8], h[8:12], h[12:16], h[16:20], h[20:]]))')
reply=$(echo "request_id: '$id' kind: UNIT_KIND_REGION code: '15' name: '内蒙古自治区'" |
  call "ipc://$dir/o" anlan.organisations.v1.OrganisationsService/CreateUnit anlan.organisations.v1.CreateUnitRequest x "$token" anlan/organisations/v1/organisations.proto)
echo "$reply" | grep -q 'directory_position: 1' || { echo "not created: $reply"; exit 1; }
reply=$(echo 'code: "99"' | call "ipc://$dir/o" anlan.organisations.v1.OrganisationsService/GetUnit anlan.organisations.v1.GetUnitRequest x "$token" anlan/organisations/v1/organisations.proto)
echo "$reply" | grep -q 'REASON_RECORD_NOT_FOUND' || { echo "found: $reply"; exit 1; }
reply=$(echo 'code: "15"' | call "ipc://$dir/o" anlan.organisations.v1.OrganisationsService/GetUnit anlan.organisations.v1.GetUnitRequest x "" anlan/organisations/v1/organisations.proto)
echo "$reply" | grep -q 'REASON_TOKEN_MISSING' || { echo "answered: $reply"; exit 1; }
echo "nngcat and protoc: health, reflection, a mutation, a read, two refusals"
