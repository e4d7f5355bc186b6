#!/bin/sh
# Checks that mandoc is installed, with which a test checks the man pages. Prints nothing if it is. On Debian and Ubuntu,
# as root, installs it. Otherwise prints what to run and exits with 1.
set -eu

if command -v mandoc >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
	export DEBIAN_FRONTEND=noninteractive
	echo 'mandoc is missing: installing it with apt-get' >&2
	# The update also fails for an unrelated third-party source.
	apt-get update || echo 'apt-get update failed: using the existing package lists' >&2
	apt-get install -y --no-install-recommends mandoc
	exit 0
fi
echo 'mandoc is missing. Install it, then try again:' >&2
if command -v apt-get >/dev/null 2>&1; then
	echo '  sudo apt-get install --no-install-recommends mandoc' >&2
else
	echo '  the package mandoc of your system, or https://mandoc.bsd.lv/' >&2
fi
exit 1
