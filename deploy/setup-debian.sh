#!/usr/bin/env bash
# Sets a bare Debian 12 (or newer) up as a whole installation of MagTrace behind nginx. Run it as root from a checkout;
# run it again after `git pull` to upgrade. What is as it should be already is left alone.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: deploy/setup-debian.sh --host NAME [OPTIONS]

  --host NAME             Name users type, as magtrace.example. It must lead to this machine.
  --email ADDRESS         Get a certificate from Let's Encrypt; ADDRESS hears of its end.
  --cert FILE --key FILE  Use this certificate instead. With neither a self-signed one is made.
  --firewall KIND         nftables (the default), ufw or none.
  --node-archive FILE     Node's archive for this machine (.tar.xz) instead of downloading it from nodejs.org.
  --keep-ssh              Leave the settings of SSH alone.
  --no-start              Install everything, start nothing.
  --dry-run               Print what would be done, and do nothing.
TEXT
}

fail() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

host='' email='' cert='' key='' firewall=nftables node_archive='' harden_ssh=yes start=yes dry_run=no
while [ $# -gt 0 ]; do
  case $1 in
    --host | --email | --cert | --key | --firewall | --node-archive)
      [ $# -ge 2 ] || fail "$1 needs a value." 2
      ;;&
    --host) host=$2 && shift ;;
    --email) email=$2 && shift ;;
    --cert) cert=$2 && shift ;;
    --key) key=$2 && shift ;;
    --firewall) firewall=$2 && shift ;;
    --node-archive) node_archive=$2 && shift ;;
    --keep-ssh) harden_ssh=no ;;
    --no-start) start=no ;;
    --dry-run) dry_run=yes ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && fail "There is no option $1." 2 ;;
  esac
  shift
done

[[ $host =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]] || fail "--host must be a name like magtrace.example, in small letters." 2
[[ $firewall =~ ^(nftables|ufw|none)$ ]] || fail "--firewall must be nftables, ufw or none." 2
[ -z "$cert$key" ] || { [ -n "$cert" ] && [ -n "$key" ]; } || fail "--cert and --key must be given together." 2
[ -z "$cert" ] || [ -z "$email" ] || fail "Give either --email or --cert with --key." 2

source_dir=$(cd "$(dirname "$0")/.." && pwd)
program=/opt/magtrace
settings=/etc/magtrace/magtrace.env
needed_node=20

# Says what it does; with --dry-run only that.
run() {
  printf '+ %s\n' "$*"
  [ "$dry_run" = yes ] || "$@"
}

# put TEXT_FILE TARGET MODE: installs a file where it differs. Status 0 where it changed anything.
put() {
  if cmp -s "$1" "$2"; then return 1; fi
  run install -D -m "$3" "$1" "$2" || fail "$2 cannot be written."
}

# text TARGET MODE: the same with standard input.
text() {
  local made status=0
  made=$(mktemp)
  cat >"$made"
  printf '  %s:\n' "$1"
  put "$made" "$1" "$2" || status=$?
  rm -f "$made"
  return "$status"
}

service() { # service VERB UNIT…: where systemd runs, and something is to be started.
  if [ "$start" = no ] || { [ "$dry_run" = no ] && [ ! -d /run/systemd/system ]; }; then
    printf '  not now: systemctl %s\n' "$*"
    return 0
  fi
  run systemctl "$@"
}

say() { printf '\n== %s\n' "$1"; }

check_machine() {
  [ "$dry_run" = yes ] || [ "$(id -u)" -eq 0 ] || fail "Run this as root." 77
  local id='' version=''
  if [ -r /etc/os-release ]; then
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && printf '%s' "${ID:-}")
    # shellcheck source=/dev/null
    version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-0}")
  fi
  if [ "$id" != debian ] || [ "${version%%.*}" -lt 12 ]; then
    [ "$dry_run" = yes ] || fail "This script knows Debian 12 and newer, not ${id:-this system} $version." 69
    printf 'Note: this is no Debian 12 or newer; there the script would stop.\n'
  fi
}

install_packages() {
  say "Packages"
  local wanted=(ca-certificates curl fail2ban git libatomic1 nginx openssl python3-systemd rsync unattended-upgrades xz-utils) missing=()
  [ -z "$email" ] || wanted+=(certbot)
  [ "$firewall" = none ] || wanted+=("$firewall")
  local name
  for name in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  run env DEBIAN_FRONTEND=noninteractive apt-get update -q
  run env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }

# Any Node from 20 on will do: it installs the one that MagTrace runs on.
install_node() {
  say "Node"
  if [ "$(node_major || true)" != '' ] && [ "$(node_major)" -ge "$needed_node" ] && command -v npm >/dev/null; then return 0; fi
  local version machine name folder
  version=v$(sed -n 's/^ *"node": "\([0-9.]*\)".*/\1/p' "$source_dir/package.json" | head -n 1)
  case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) fail "Install Node $needed_node or newer and npm by hand, then run this again." 69 ;;
  esac
  name=node-$version-linux-$machine
  folder=$(mktemp -d)
  if [ -n "$node_archive" ]; then
    run cp "$node_archive" "$folder/$name.tar.xz"
  else
    run curl -fsSL --proto '=https' -o "$folder/$name.tar.xz" "https://nodejs.org/dist/$version/$name.tar.xz"
    run curl -fsSL --proto '=https' -o "$folder/SHASUMS256.txt" "https://nodejs.org/dist/$version/SHASUMS256.txt"
    run sh -c "cd '$folder' && grep ' $name.tar.xz\$' SHASUMS256.txt | sha256sum -c -"
  fi
  run tar -xJf "$folder/$name.tar.xz" -C /usr/local --strip-components=1 --no-same-owner --exclude='*.md' --exclude='*/LICENSE'
  rm -rf "$folder"
}

add_account() {
  say "Account"
  getent passwd magtrace >/dev/null ||
    run useradd --system --user-group --home-dir /var/lib/magtrace --no-create-home --shell /usr/sbin/nologin magtrace
  [ -d /var/lib/magtrace ] || run install -d -o magtrace -g magtrace -m 0700 /var/lib/magtrace
}

# The program belongs to root: what runs as magtrace cannot change it.
install_program() {
  say "Program"
  local version
  version=$(cd "$source_dir" && git -c safe.directory='*' rev-parse HEAD 2>/dev/null || echo unknown)
  if [ "$source_dir" != "$program" ]; then
    run rsync -a --delete --chown=root:root --exclude=/.git --exclude=/data --exclude=node_modules --exclude=/.artifacts --exclude=/web/dist "$source_dir/" "$program/"
  fi
  run sh -c "cd $program && node scripts/buildWeb.mjs"
  printf '  version %s\n' "$version"
}

write_settings() {
  say "Settings"
  # Once made they are the administrator's.
  [ -e "$settings" ] || text "$settings" 0600 <<TEXT || true
# Every variable is in docs/operations.md. After a change: systemctl restart magtrace
PUBLIC_URL=https://$host
HOST=127.0.0.1
PORT=8000
TRUST_PROXY=127.0.0.1
TEXT
}

start_program() {
  say "Service"
  if put "$source_dir/deploy/systemd/magtrace.service" /etc/systemd/system/magtrace.service 0644; then
    service daemon-reload
  fi
  service enable magtrace.service
  service restart magtrace.service
}

# nginx_for CERTIFICATE KEY
nginx_for() {
  local made
  made=$(mktemp -d)
  printf '+ magtrace nginx --host %s --cert %s --key %s\n' "$host" "$1" "$2"
  if [ "$dry_run" = no ]; then
    (
      set -a
      # shellcheck source=/dev/null
      . "$settings"
      cd "$program" && node_modules/node/bin/node server/src/cli.ts nginx --host "$host" --cert "$1" --key "$2" --out "$made" >/dev/null
    )
    put "$made/magtrace.conf" /etc/nginx/conf.d/magtrace.conf 0644 || true
  fi
  rm -rf "$made"
  run nginx -t -q
  service reload-or-restart nginx.service
}

set_up_nginx() {
  say "nginx"
  [ ! -e /etc/nginx/sites-enabled/default ] || run rm /etc/nginx/sites-enabled/default
  run install -d -m 0755 /var/www/letsencrypt
  local live=/etc/letsencrypt/live/$host own=/etc/magtrace/tls
  if [ -n "$cert" ]; then
    nginx_for "$cert" "$key"
    return
  fi
  if [ -e "$live/fullchain.pem" ]; then
    nginx_for "$live/fullchain.pem" "$live/privkey.pem"
    return
  fi
  if [ ! -e "$own/cert.pem" ]; then
    run install -d -m 0700 "$own"
    run openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$host" \
      -addext "subjectAltName=DNS:$host" -keyout "$own/key.pem" -out "$own/cert.pem"
  fi
  nginx_for "$own/cert.pem" "$own/key.pem"
  [ -n "$email" ] || return 0
  run certbot certonly --non-interactive --agree-tos --email "$email" --webroot -w /var/www/letsencrypt -d "$host" \
    --key-type ecdsa --deploy-hook "systemctl reload nginx"
  nginx_for "$live/fullchain.pem" "$live/privkey.pem"
}

set_up_firewall() {
  say "Firewall"
  case $firewall in
    nftables)
      if put "$source_dir/deploy/hardening/nftables.conf" /etc/nftables.conf 0755; then
        run nft -c -f /etc/nftables.conf
        service enable nftables.service
        service restart nftables.service
        # It has been flushed, too.
        service try-restart fail2ban.service
      fi
      ;;
    ufw)
      run ufw default deny incoming
      run ufw limit 22/tcp
      run ufw allow 80/tcp
      run ufw allow 443/tcp
      [ "$start" = no ] || run ufw --force enable
      ;;
    none) printf '  left alone\n' ;;
  esac
}

set_up_ssh() {
  say "SSH"
  if [ "$harden_ssh" = no ] || [ ! -d /etc/ssh/sshd_config.d ]; then
    printf '  left alone\n'
    return 0
  fi
  # Whoever has no key here would be locked out.
  if ! cat /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys 2>/dev/null | grep -q '^[^#]'; then
    printf '  left alone: nobody has a key in authorized_keys, and passwords would be refused. Add one, then run this again.\n'
    return 0
  fi
  local target=/etc/ssh/sshd_config.d/50-magtrace.conf
  if put "$source_dir/deploy/hardening/sshd.conf" "$target" 0644; then
    if [ "$dry_run" = no ] && ! sshd -t; then
      rm -f "$target"
      fail "sshd refuses the new settings; they were taken back."
    fi
    service reload-or-restart ssh.service
  fi
}

set_up_upgrades() {
  say "Security updates and the kernel"
  put "$source_dir/deploy/hardening/unattended-upgrades.conf" /etc/apt/apt.conf.d/52magtrace 0644 || true
  if put "$source_dir/deploy/hardening/sysctl.conf" /etc/sysctl.d/60-magtrace.conf 0644; then
    [ "$start" = no ] || run sysctl -q -p /etc/sysctl.d/60-magtrace.conf
  fi
}

set_up_fail2ban() {
  say "fail2ban"
  local log=/var/lib/magtrace/logs/security.log changed=no
  # It must be there before fail2ban starts.
  [ -d /var/lib/magtrace/logs ] || run install -d -o magtrace -g magtrace -m 0700 /var/lib/magtrace/logs
  [ -e "$log" ] || run install -o magtrace -g magtrace -m 0600 /dev/null "$log"
  put "$source_dir/deploy/fail2ban/filter.d/magtrace.conf" /etc/fail2ban/filter.d/magtrace.conf 0644 && changed=yes
  sed "s#^logpath = .*#logpath = $log#" "$source_dir/deploy/fail2ban/jail.d/magtrace.conf" |
    text /etc/fail2ban/jail.d/magtrace.conf 0644 && changed=yes
  if [ "$firewall" = nftables ]; then
    put "$source_dir/deploy/hardening/fail2ban-sshd.conf" /etc/fail2ban/jail.d/magtrace-sshd.conf 0644 && changed=yes
  fi
  service enable fail2ban.service
  [ "$changed" = no ] || service restart fail2ban.service
}

check_machine
install_packages
install_node
add_account
install_program
write_settings
set_up_nginx
start_program
set_up_firewall
set_up_ssh
set_up_upgrades
set_up_fail2ban

say "Done"
printf 'MagTrace is to answer at https://%s/app/. Make the first administrator with the link in\n' "$host"
printf "  journalctl -u magtrace.service | grep 'first administrator' | tail -n 1\n"
