#!/bin/sh
# Create or upgrade the two databases of Temporal. Safe to run again.
set -eu

schema() {
    database=$1
    folder=$2
    tool="temporal-sql-tool --plugin postgres12 --ep $POSTGRES_SEEDS -p $DB_PORT -u $POSTGRES_USER"
    $tool --db "$database" create
    # A first set-up on a database that has one already fails; the upgrade below is what decides.
    $tool --db "$database" setup-schema -v 0.0 || true
    $tool --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
}

schema temporal temporal
schema temporal_visibility visibility
