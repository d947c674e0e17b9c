#!/bin/sh
# Makes ./secrets for compose.yaml. What is there already stays as it is. The folder lets nobody in but you; the files in it
# are readable, because in a container another user reads them.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

keep() { # NAME TEXT
    [ -e "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"
    chmod 0444 "secrets/$1"
}

keep postgres_password "$(random)"
password=$(cat secrets/postgres_password)
keep foyer_database_url "postgresql://foyer:$password@database/foyer"
keep foyer_mail__smtp_password ""
keep livekit_keys "foyer: $(random)"
echo "secrets: $(ls secrets | tr '\n' ' ')"
