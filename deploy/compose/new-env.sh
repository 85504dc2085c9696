#!/bin/sh
# Writes .env with new passwords; an existing one is left alone. A password begins with a letter: NATS reads a text that
# begins with a digit as a number.
set -eu
cd "$(dirname "$0")"
if [ -e .env ]; then
  echo "$PWD/.env is there already" >&2
  exit 1
fi
secret() { printf 'k%s' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"; }
umask 077
cat > .env <<END
NATS_PASSWORD=$(secret)
S3_ACCESS_KEY=$(secret)
S3_SECRET_KEY=$(secret)
STAGEYARD_TOKEN=$(secret)
END
echo "$PWD/.env written"
