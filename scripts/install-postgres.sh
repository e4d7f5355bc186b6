#!/bin/sh
# Makes sure that the programs of PostgreSQL 14 to 18 are on this machine: silent when they are,
# installs them on Debian and Ubuntu when run as root, and says what to run elsewhere (exit 1).
# No server is started: followgraph starts its own.
set -eu

# is_fit DIR: whether DIR holds the programs in a supported version.
is_fit() {
	for program in postgres initdb pg_ctl; do
		[ -x "$1/$program" ] || return 1
	done
	major=$("$1/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9][0-9]*\).*/\1/p')
	[ -n "$major" ] && [ "$major" -ge 14 ] && [ "$major" -le 18 ]
}

# in_path: whether a directory of PATH is fit. In a subshell, which keeps its changes to itself.
in_path() (
	set -f
	IFS=:
	for dir in $PATH; do
		if is_fit "$dir"; then return 0; fi
	done
	return 1
)

# found: whether any place is fit; the places are those of internal/localpg/programs.go.
found() {
	if in_path; then return 0; fi
	for dir in \
		/usr/lib/postgresql/*/bin \
		/usr/pgsql-*/bin \
		/usr/libexec/postgresql* \
		/opt/homebrew/opt/postgresql@*/bin \
		/opt/homebrew/opt/postgresql/bin \
		/usr/local/opt/postgresql@*/bin \
		/usr/local/opt/postgresql/bin \
		/Applications/Postgres.app/Contents/Versions/*/bin \
		/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin \
		/usr/local/pgsql/bin; do
		if is_fit "$dir"; then return 0; fi
	done
	return 1
}

# has_package NAME: whether a Debian package is installed.
has_package() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

# install_debian installs the programs without the cluster that Debian would make and start. A
# machine that already has postgresql-common keeps its administrator's choice.
install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	echo 'PostgreSQL is missing: installing it with apt-get' >&2
	# A broken third-party source fails the update and need not matter.
	apt-get update || echo 'apt-get update failed: going on with the lists at hand' >&2
	if ! has_package postgresql-common; then
		apt-get install -y --no-install-recommends postgresql-common
		config=/etc/postgresql-common/createcluster.conf
		sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' "$config"
		grep -q '^create_main_cluster = false$' "$config" || echo 'create_main_cluster = false' >>"$config"
	fi
	apt-get install -y --no-install-recommends postgresql
}

# advise prints what to run on this system.
advise() {
	echo 'PostgreSQL 14 to 18 is missing. Install its programs (no server needs to run), then try again:' >&2
	case $(uname -s) in
	Darwin)
		echo '  brew install postgresql@17' >&2
		return
		;;
	esac
	if command -v apt-get >/dev/null 2>&1; then
		echo '  sudo apt-get install --no-install-recommends postgresql' >&2
	elif command -v dnf >/dev/null 2>&1; then
		echo '  sudo dnf install postgresql-server' >&2
	elif command -v apk >/dev/null 2>&1; then
		echo '  apk add postgresql17' >&2
	elif command -v pacman >/dev/null 2>&1; then
		echo '  sudo pacman -S postgresql' >&2
	elif command -v zypper >/dev/null 2>&1; then
		echo '  sudo zypper install postgresql-server' >&2
	else
		echo '  the package postgresql or postgresql-server of your system, or https://www.postgresql.org/download/' >&2
	fi
	echo 'Or give a running database with DATABASE_URL.' >&2
}

if found; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
	install_debian
	if found; then exit 0; fi
	echo "The PostgreSQL of this system's packages is not a version from 14 to 18: see https://www.postgresql.org/download/" >&2
	exit 1
fi
advise
exit 1
