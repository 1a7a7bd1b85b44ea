#!/bin/sh
# Makes the cluster and the database on the first start, then becomes PostgreSQL with the settings given as arguments.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    word=$(mktemp)
    printf '%s' "$POSTGRES_PASSWORD" >"$word"
    initdb --username="$POSTGRES_USER" --pwfile="$word" --auth-local=trust --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    rm "$word"
    # Nobody but containers of the same network reaches this port.
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait --silent --options='-c listen_addresses=' start >/dev/null
    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    psql --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
        --command='CREATE EXTENSION IF NOT EXISTS pg_stat_statements'
    pg_ctl --wait --silent --mode=fast stop
fi
exec postgres -c listen_addresses='*' "$@"
