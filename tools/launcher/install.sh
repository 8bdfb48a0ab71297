#!/bin/sh
# Installs distribution packages without letting their servers start; run as root.
# Usage: install.sh <package>...
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin # the caller's may lack sbin; dpkg insists
export PATH
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
mark='made by xunfang, removed after the installation'
made_policy= made_conf=

if [ -e "$policy" ] && grep -q "$mark" "$policy"; then rm -f "$policy"; fi # left by a killed installation
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy" && chmod 755 "$policy" && made_policy=1
fi
if [ ! -e "$clusters/xunfang.conf" ]; then
    mkdir -p "$clusters" && printf 'create_main_cluster = false\n' >"$clusters/xunfang.conf" && made_conf=1
fi
tidy() {
    [ -z "$made_policy" ] || rm -f "$policy"
    [ -z "$made_conf" ] || rm -f "$clusters/xunfang.conf"
}
trap tidy EXIT
trap 'exit 1' INT TERM HUP

had_redis=no
[ -e /usr/bin/redis-server ] && had_redis=yes
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
install() {
    apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=1 -o Acquire::http::Timeout=30 \
        install -y -q --no-install-recommends "$@" </dev/null
}
install "$@" || { apt-get -q -o Acquire::Retries=1 -o Acquire::http::Timeout=30 update && install "$@"; }
code=$?
# Our own Redis runs beside the program; the distribution's must not come up at the next boot.
if [ "$code" = 0 ] && [ "$had_redis" = no ] && [ -d /run/systemd/system ]; then
    systemctl disable redis-server >/dev/null 2>&1
fi
exit "$code"
