#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A backup is made of a running instance and brought back; what is not whole and right is refused before anything changes.
# usage: backup_test.sh TOP BIN
set -euo pipefail
top=$1 bin=$2
dir=$(mktemp -d /tmp/anlan-backup-XXXXXX)
pids=
stop_services() {
  local pid
  for pid in $pids; do kill "$pid" && wait "$pid" || true; done
  pids=
}
stop_all() { stop_services; "$top/tests/support/cluster" stop "$dir"; }
nightly=
trap 'stop_services; [ -z "$nightly" ] || kill "$nightly" 2>/dev/null || true; "$top/tests/support/cluster" kill "$dir" 2>/dev/null || true; rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; [ ! -f "$dir/said" ] || cat "$dir/said" >&2; exit 1; }

export PGHOST=$dir ANLAN_KEYS=$dir/keys ANLAN_DATA=$dir/pg PATH=$bin:$PATH
services=$(sed '/^#/d; s/ .*//' "$top/deploy/services")
follows() {
  case $1 in
    hazards | notifications) echo "--follow-hazards=ipc://$dir/hazards.feed" ;;
    tasks) echo "--follow-hazards=ipc://$dir/hazards.feed --follow-tasks=ipc://$dir/tasks.feed --call-hazards=ipc://$dir/hazards" ;;
  esac
}
start_services() {
  local service health=
  for service in $services; do
    # shellcheck disable=SC2046
    "anlan-$service" serve --database="host=$dir dbname=anlan_$service user=anlan_$service" --listen="ipc://$dir/$service" \
      --feed="ipc://$dir/$service.feed" --health="ipc://$dir/$service.health" --directory="ipc://$dir/organisations.feed" \
      $(follows "$service") 2>>"$dir/log" &
    pids="$pids $!"
    health="$health ipc://$dir/$service.health"
  done
  for _ in $(seq 300); do
    # shellcheck disable=SC2086
    anlan --timeout 500 health $health >/dev/null 2>&1 && break
    sleep 0.1
  done
  export ANLAN_ORGANISATIONS=ipc://$dir/organisations ANLAN_HAZARDS=ipc://$dir/hazards ANLAN_TASKS=ipc://$dir/tasks \
    ANLAN_NOTIFICATIONS=ipc://$dir/notifications
  ANLAN_TOKEN=$(anlan token --role administrator --instance)
  export ANLAN_TOKEN
}
hazard() {
  ANLAN_TOKEN=$(anlan token --role county_officer --unit "$county" --name 李娜) anlan hazards create --unit "$township" \
    --grade general --sector fireworks --description "$1" >/dev/null
}
rows() { psql -q -X -A -t -U postgres -d "anlan_$1" -c "SELECT count(*) FROM $2"; }
count() { rows hazards hazards; }
# What follows from hazards is there: rows_come SERVICE TABLE COUNT.
rows_come() {
  for _ in $(seq 600); do
    [ "$(rows "$1" "$2")" -ne "$3" ] || return 0
    sleep 0.1
  done
  fail "$(rows "$1" "$2") rows in $2 of $1, not $3"
}
backup() { "$top/deploy/backup" --to "$dir/backups" --recipients "$dir/recipients" "$@" >"$dir/said" 2>&1; }
restore() { "$top/deploy/restore" "$@" --identity "$dir/backup.key" >"$dir/said" 2>&1; }
# A digest of all that a restore may touch.
here() { (cd "$dir" && find pg keys -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; ls pg* -d keys); }
refused() {    # refused WORDS ARGUMENT...: with these words, and nothing is another than before
  local words=$1 before
  shift
  before=$(here)
  if "$top/deploy/restore" "$@" >"$dir/said" 2>&1; then fail "restored: $*"; fi
  grep -q "$words" "$dir/said" || fail "refused otherwise than with '$words': $*"
  [ "$(here)" = "$before" ] || fail "something was changed: $*"
  [ -z "$(find "$dir" -maxdepth 1 -name '.restoring-*')" ] || fail "something was left behind: $*"
}

"$top/tests/support/cluster" start "$dir"
anlan init "$ANLAN_KEYS" >/dev/null
for service in $services; do
  "anlan-$service" migrate --database="host=$dir dbname=anlan_$service user=anlan_${service}_owner" >/dev/null
done
# A table is made anew from the log, and then deploy/services names it, or it is one of these, which no log makes.
kept='account_secrets accident_grades anlan_migrations client_nonces copies entries follow_cursors follow_leases
      follow_streams follow_stuck hazard_payloads heads projections results sectors sessions sign_in_attempts stream_records streams withheld'
for service in $services; do
  named=$(sed -n "s/^$service [0-9]* \([^ ]*\).*/\1/p" "$top/deploy/services" | tr ',' ' ')
  for table in $(psql -q -X -A -t -U postgres -d "anlan_$service" -c "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"); do
    grep -qw "$table" <<<"$kept $named" || fail "$service: is $table made anew from the log? deploy/services"
  done
done
start_services
anlan roles import "$top/deploy/data/roles.csv" >/dev/null
anlan units create --kind region --code 15 --name 内蒙古自治区 >/dev/null
anlan units create --kind city --parent 15 --code 1504 --name 赤峰市 >/dev/null
anlan units create --kind county --parent 1504 --code 150424 --name 林西县 >/dev/null
anlan units create --kind township --parent 150424 --code 150424100 --name 林西镇 >/dev/null
id_of() { sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' | head -n 1; }
county=$(anlan units get --code 150424 --json | id_of)
township=$(anlan units get --code 150424100 --json | id_of)
person=$(anlan people create --unit 150424 --name 王建国 --phone 13812345678 --json | id_of)
anlan accounts create --person "$person" --name wang.jianguo >/dev/null
region=$(anlan units get --code 15 --json | id_of)
as_region() { ANLAN_TOKEN=$(anlan token --role region_officer --unit "$region" --name 刘志强) anlan "$@" >/dev/null; }
as_region notify rules import "$top/deploy/data/notify-rules.csv" --unit 15 --rule-set 自治区默认规则
as_region clocks import "$top/deploy/data/holidays-2026.csv" --unit 15 --document 待核对 --rejects "$dir/holidays.rejects.csv"
as_region campaigns issue --unit 15 --name 百日行动 --document 内安委〔2026〕8号 --from 2026-06-01 --until 2026-09-10 \
  --round starts_at=2026-06-01,ends_at=2026-09-10
for n in 1 2 3 4 5; do hazard "灭火器失效 $n"; done
rows_come notifications messages 5

age-keygen -o "$dir/backup.key" 2>/dev/null
age-keygen -y "$dir/backup.key" >"$dir/recipients"
age-keygen -o "$dir/other.key" 2>/dev/null
mkdir "$dir/backups"
chmod 700 "$dir/backups"
backup || fail "no backup"
file=$(ls "$dir"/backups/*.backup)
[ "$(stat -c %a "$file")" = 600 ] || fail "others may read the backup"
[ "$(ls -A "$dir/backups" | wc -l)" -eq 1 ] || fail "something was left behind"
# One at night that fails, for the end.
mkdir "$dir/nights"
cp "$file" "$dir/nights/"
PGHOST=/nowhere "$top/deploy/backup" --to "$dir/nights" --recipients "$dir/recipients" --keep 1 \
  --nightly "$(date -d '1 minute' +%H:%M)" >"$dir/nightly" 2>&1 &
nightly=$!
hazard "备份之后"
[ "$(count)" -eq 6 ] || fail "six hazards were registered"
rows_come notifications messages 6

echo "refusals: of what is not whole, not ours, or while it runs"
if restore "$file"; then fail "restored while PostgreSQL runs"; fi
grep -q 'PostgreSQL runs' "$dir/said" || fail "refused otherwise while PostgreSQL runs"
[ -z "$(ls -d "$dir"/pg.before-* "$dir"/.restoring-* 2>/dev/null)" ] || fail "something was done while PostgreSQL runs"
"$top/deploy/backup" --to "$dir/nowhere" --recipients "$dir/recipients" >/dev/null 2>&1 && fail "a backup to nowhere"
"$top/deploy/backup" --to "$dir/backups" --recipients /dev/null >/dev/null 2>&1 && fail "a backup for nobody"
PGHOST=/nowhere backup && fail "a backup of nothing"
[ "$(ls -A "$dir/backups" | wc -l)" -eq 1 ] || fail "a failed backup left something behind"
psql -q -X -U postgres -d anlan_hazards -c "UPDATE hazards SET version = version + 1 WHERE id = (SELECT min(id::text)::uuid FROM hazards)"
mkdir "$dir/spoilt"
"$top/deploy/backup" --to "$dir/spoilt" --recipients "$dir/recipients" >/dev/null 2>&1
psql -q -X -U postgres -d anlan_hazards -c "UPDATE hazards SET version = version - 1 WHERE id = (SELECT min(id::text)::uuid FROM hazards)"
stop_all
refused 'not for this key' "$file" --identity "$dir/other.key"
head -c $(($(stat -c %s "$file") - 1)) "$file" >"$dir/short"
refused 'damaged' "$dir/short" --identity "$dir/backup.key"
head -c $(($(stat -c %s "$file") / 2)) "$file" >"$dir/short"
refused 'damaged' "$dir/short" --identity "$dir/backup.key"
cp "$file" "$dir/flipped"
printf '\377' | dd of="$dir/flipped" bs=1 seek=$(($(stat -c %s "$file") / 3)) conv=notrunc 2>/dev/null
refused 'damaged' "$dir/flipped" --identity "$dir/backup.key"
head -c 5000 /dev/urandom >"$dir/noise"
refused 'damaged' "$dir/noise" --identity "$dir/backup.key"
tar -C "$dir" -cf - recipients | age -R "$dir/recipients" >"$dir/else"
refused 'not a backup' "$dir/else" --identity "$dir/backup.key"
mkdir "$dir/open"
age -d -i "$dir/backup.key" "$file" | tar -C "$dir/open" -xf -
gzip -dc "$dir/open/database/base.tar.gz" | sed 's/灭火器失效 3/灭火器失效 4/' | gzip >"$dir/open/base" && mv "$dir/open/base" "$dir/open/database/base.tar.gz"
tar -C "$dir/open" -cf - MANIFEST keys.tar database | age -R "$dir/recipients" >"$dir/forged"
refused 'parts are not' "$dir/forged" --identity "$dir/backup.key"
refused 'not what the log says' "$(ls "$dir"/spoilt/*.backup)" --identity "$dir/backup.key"
mv "$dir/keys/instance.id" "$dir/id"
echo 0197c3a0-0000-7000-8000-000000000001 >"$dir/keys/instance.id"
refused 'another instance' "$file" --identity "$dir/backup.key"
mv "$dir/id" "$dir/keys/instance.id"

echo "a good one is checked, and nothing changes"
before=$(here)
restore "$file" --check || fail "a good backup was refused"
for service in $services; do
  grep -q "^$service: .* made anew from the log they are the same" "$dir/said" || fail "tables of $service were not made anew"
done
[ "$(here)" = "$before" ] || fail "a check changed something"

echo "restored onto what is there, and onto nothing"
restore "$file" || fail "not restored"
[ -d "$(ls -d "$dir"/pg.before-restore-*)" ] || fail "what was there was not kept"
"$top/tests/support/cluster" restart "$dir"
start_services
[ "$(count)" -eq 5 ] || fail "$(count) hazards after the restore"
[ "$(rows notifications messages)" -eq 5 ] || fail "$(rows notifications messages) messages after the restore"
[ "$(rows tasks campaigns)" -eq 1 ] || fail "the campaign is lost"
hazard "恢复之后"
rows_come notifications messages 6    # who follows goes on where the backup was
anlan doctor --keys "$ANLAN_KEYS" >"$dir/said" || fail "the doctor is not content"
stop_all
rm -rf "$dir/pg" "$dir/keys"
restore "$file" || fail "not restored onto nothing"
"$top/tests/support/cluster" restart "$dir"
start_services
[ "$(count)" -eq 5 ] || fail "$(count) hazards after the restore onto nothing"
anlan units get --code 150424 --json | grep -q "$county" || fail "the county is another one"
[ "$(stat -c %a "$ANLAN_KEYS/token-1.key")" = 600 ] || fail "a key came back readable"

echo "retention: the newest of this instance stay"
touch "$dir/backups/anlan-0197c3a0-0000-7000-8000-000000000001-20200101T000000Z.backup"
for _ in 1 2; do sleep 1.1; backup --keep 2 || fail "no backup"; done
[ "$(ls "$dir/backups" | wc -l)" -eq 3 ] || fail "$(ls "$dir/backups")"
[ ! -e "$file" ] || fail "the oldest is still there"

echo "one at night that fails is none, and the older ones stay"
for _ in $(seq 900); do
  grep -q 'once more in ten minutes' "$dir/nightly" && break
  sleep 0.1
done
kill "$nightly"
grep -q 'once more in ten minutes' "$dir/nightly" || { cat "$dir/nightly" >&2; fail "the backup at night did not fail"; }
[ "$(ls -A "$dir/nights")" = "$(basename "$file")" ] || fail "after a night: $(ls -A "$dir/nights")"
echo "backup and restore: $(ls "$dir/backups" | wc -l) files, $(stat -c %s "$(ls -t "$dir"/backups/*.backup | head -n 1)") bytes"
