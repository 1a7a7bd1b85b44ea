#!/bin/sh
# Makes the cluster on the first start, then becomes PostgreSQL with the settings given as arguments. As in the native
# stack, the application's role is no superuser, and what only a superuser may do is done before the server listens.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username=postgres --encoding=UTF8 --locale=C --auth=reject --no-instructions >/dev/null
    single() { postgres --single -c exit_on_error=on "$@" >/dev/null; }
    single template1 <<-END
	CREATE ROLE "$POSTGRES_USER" LOGIN PASSWORD '$POSTGRES_PASSWORD' IN ROLE pg_monitor;
	CREATE DATABASE "$POSTGRES_DB" OWNER "$POSTGRES_USER";
	END
    echo 'CREATE EXTENSION pg_stat_statements;' | single "$POSTGRES_DB"
    # Nobody but containers of the same network reaches this port.
    echo "host $POSTGRES_DB $POSTGRES_USER all scram-sha-256" >"$PGDATA/pg_hba.conf"
fi
exec postgres -c listen_addresses='*' "$@"
