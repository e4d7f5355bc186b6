#!/bin/sh
# Checks that the packages of the Python service, which internal/rehearsal runs, are installed. Prints nothing if they are.
# On Debian and Ubuntu, as root, installs them. Otherwise prints what to do and exits with 1. REHEARSAL_PYTHON selects
# another Python than the system's.
set -eu

python=${REHEARSAL_PYTHON:-/usr/bin/python3}

# found reports whether Python can import all packages.
found() {
	"$python" -c 'import alembic, sqlalchemy, psycopg2, passlib, bcrypt' 2>/dev/null
}

install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	echo 'Packages of the Python service are missing: installing them with apt-get' >&2
	# The update also fails for an unrelated third-party source.
	apt-get update || echo 'apt-get update failed: using the existing package lists' >&2
	apt-get install -y --no-install-recommends alembic python3-alembic python3-sqlalchemy python3-psycopg2 python3-passlib python3-bcrypt
}

# advise prints what to do on this system.
advise() {
	echo "$python lacks packages of the Python service. Install them, then try again:" >&2
	if command -v apt-get >/dev/null 2>&1 && [ -z "${REHEARSAL_PYTHON:-}" ]; then
		echo '  sudo apt-get install --no-install-recommends python3-alembic python3-sqlalchemy python3-psycopg2 python3-passlib python3-bcrypt' >&2
	else
		echo '  python3 -m venv rehearsal-python && rehearsal-python/bin/pip install alembic sqlalchemy psycopg2-binary passlib "bcrypt<4.1"' >&2
		echo '  export REHEARSAL_PYTHON=$PWD/rehearsal-python/bin/python' >&2
	fi
}

if found; then exit 0; fi
if [ -z "${REHEARSAL_PYTHON:-}" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
	install_debian
	if found; then exit 0; fi
fi
advise
exit 1
