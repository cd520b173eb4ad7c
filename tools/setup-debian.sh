#!/usr/bin/env bash
# Installs the Debian 12 packages that Galileo needs; the one list of them. Installs only what is
# missing, and does nothing (and needs no root) when nothing is.
#
#   tools/setup-debian.sh [--build] [--demo] [--test] [--bench] [--analysis] [--all] [--list]
#
#   --build     compiler, build tools, libraries
#   --demo      the above, and what a run needs: redis-server
#   --test      the above, and what the tests need (the default)
#   --bench     the above without the tests' needs, and the benchmarks' libraries and peers
#   --analysis  clang 19 (format, tidy), shellcheck and the like: for those who change Galileo
#   --all       everything
#   --list      print the packages of the chosen sets and stop
#
# Where other packages provide the same, set GALILEO_SKIP_SETUP=1.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

build=(g++ cmake ninja-build ccache mold pkg-config
    libfmt-dev libspdlog-dev libexpected-dev nlohmann-json3-dev libcli11-dev libyaml-cpp-dev
    libssl-dev zlib1g-dev libsqlite3-dev libmariadb-dev libhiredis-dev
    libarchive-dev libboost-dev python3-dev pybind11-dev)
run=(redis-server ca-certificates python3 python3-redis python3-requests)
# mariadb-server-core: the program alone, no service that would run on this machine.
test=(libgtest-dev libgmock-dev mariadb-server-core python3 python3-jsonschema python3-pexpect python3-pytest python3-redis
    python3-pandas python3-pymysql python3-matplotlib jupyter-nbconvert python3-ipykernel)
bench=(libbenchmark-dev wrk nginx-light)
analysis=(clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev shellcheck codespell yamllint mypy git python3)

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

wanted=()
list_only=
for option in "${@:---test}"; do
    case $option in
        --build) wanted+=("${build[@]}") ;;
        --demo) wanted+=("${build[@]}" "${run[@]}") ;;
        --test) wanted+=("${build[@]}" "${run[@]}" "${test[@]}") ;;
        --bench) wanted+=("${build[@]}" "${run[@]}" "${bench[@]}") ;;
        --analysis) wanted+=("${analysis[@]}") ;;
        --all) wanted+=("${build[@]}" "${run[@]}" "${test[@]}" "${bench[@]}" "${analysis[@]}") ;;
        --list) list_only=yes ;;
        -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) die "unknown option $option; see tools/setup-debian.sh --help" ;;
    esac
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${build[@]}" "${run[@]}" "${test[@]}")
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)

if [ -n "$list_only" ]; then
    printf '%s\n' "${wanted[@]}"
    exit 0
fi
[ "${GALILEO_SKIP_SETUP:-}" != 1 ] || exit 0
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is not a Debian system. Install the equivalents of these packages and set GALILEO_SKIP_SETUP=1:
  ${wanted[*]}"
fi

mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}") <(
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
        sed -n 's/^installed //p' | sort -u))
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
    script=$(readlink -f "$0")
    die "these Debian packages are missing:
  ${missing[*]}
Installing them needs root. Run this once, then the same command again:
  sudo $script ${*:---test}"
fi

# Shows apt's work as a count, in place on a terminal and now and then elsewhere.
progress() {
    local line total='?' count=0
    while IFS= read -r line; do
        case $line in
            *' newly installed, '*) total=${line#*, } total=${total%% *} ;;
            'Setting up '*)
                count=$((count + 1))
                if [ -t 1 ]; then
                    printf '\r  set up %d of %s packages' "$count" "$total"
                elif [ $((count % 40)) = 0 ]; then
                    printf '  set up %d of %s packages\n' "$count" "$total"
                fi
                ;;
        esac
    done
    [ ! -t 1 ] || printf '\n'
}

# Packages must not start their services (redis-server would): we start our own, in private.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
cleanup() { rm -f "$log" ${made_policy:+"$policy"}; }
trap cleanup EXIT
if [ ! -e "$policy" ]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi

apt=(apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
printf 'installing %d Debian packages and what they need: %s\n' "${#missing[@]}" "${missing[*]}"
started=$SECONDS
{ "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } 2>&1 |
    tee "$log" | progress || {
    tail -n 20 "$log" >&2
    die "apt-get failed (above); mend that, or install the packages yourself: ${missing[*]}"
}
printf 'installed in %d s\n' $((SECONDS - started))
