#!/bin/sh
# Makes sure that a Chromium for the tests of the pages is on this machine, and fonts for their Latin
# and Arabic text: silent when they are, installs them on Debian when run as root, and says what to
# do elsewhere (exit 1). A browser that the variable CHROMIUM names is taken as it is.
set -eu

# found: whether there is a browser; the places are those of web/test/chromium.ts.
found() {
	if [ -n "${CHROMIUM:-}" ]; then
		if [ -x "$CHROMIUM" ]; then return 0; fi
		echo "CHROMIUM names $CHROMIUM, which is no program." >&2
		exit 1
	fi
	for program in \
		/usr/bin/chromium \
		/usr/bin/chromium-browser \
		/usr/bin/google-chrome \
		'/Applications/Chromium.app/Contents/MacOS/Chromium' \
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
		if [ -x "$program" ]; then return 0; fi
	done
	return 1
}

# has_fonts: whether text comes out as text.
has_fonts() {
	if command -v fc-list >/dev/null 2>&1; then
		[ -n "$(fc-list :lang=en)" ] && [ -n "$(fc-list :lang=ar)" ]
	else
		[ "$(uname -s)" = Darwin ] || [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name '*.ttf' 2>/dev/null)" ]
	fi
}

# is_debian: not for Ubuntu, whose package installs a snap, which does not run in containers.
is_debian() {
	grep -qx 'ID="\{0,1\}debian"\{0,1\}' /etc/os-release 2>/dev/null
}

install_debian() {
	export DEBIAN_FRONTEND=noninteractive
	echo 'Chromium or its fonts are missing: installing them with apt-get' >&2
	# A broken third-party source fails the update and need not matter.
	apt-get update || echo 'apt-get update failed: going on with the lists at hand' >&2
	if found; then
		apt-get install -y --no-install-recommends fonts-dejavu-core
	else
		apt-get install -y --no-install-recommends chromium fonts-dejavu-core
	fi
}

# advise prints what to do on this system.
advise() {
	if ! found; then
		echo 'Chromium is missing. Install it, or name a Chromium or Chrome with CHROMIUM=/path/to/it, then try again:' >&2
		case $(uname -s) in
		Darwin)
			echo '  brew install --cask chromium' >&2
			return
			;;
		esac
		if is_debian; then
			echo '  sudo apt-get install --no-install-recommends chromium fonts-dejavu-core' >&2
		elif command -v dnf >/dev/null 2>&1; then
			echo '  sudo dnf install chromium dejavu-sans-fonts' >&2
		elif command -v apk >/dev/null 2>&1; then
			echo '  apk add chromium font-dejavu' >&2
		elif command -v pacman >/dev/null 2>&1; then
			echo '  sudo pacman -S chromium ttf-dejavu' >&2
		else
			echo '  https://www.google.com/chrome/ has packages for most systems' >&2
		fi
	else
		echo 'Fonts for Latin and Arabic text are missing. Install some, such as DejaVu, then try again:' >&2
		echo '  the package fonts-dejavu-core, dejavu-sans-fonts, font-dejavu or ttf-dejavu of your system' >&2
	fi
}

if found && has_fonts; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && is_debian; then
	install_debian
	if found && has_fonts; then exit 0; fi
fi
advise
exit 1
