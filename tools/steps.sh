# Sourced by the scripts in bin/: named, timed steps, and building a preset. Sets `root`.
# shellcheck shell=bash
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
export NINJA_STATUS='[%f/%t %es] '

# minutes SECONDS: 75 becomes 1m15s.
minutes() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }

# step TITLE COMMAND...: runs it with its time; when it fails, says which step did and exits.
step() {
    local title=$1 started=$SECONDS code=0
    shift
    printf '\n== %s\n' "$title"
    "$@" || code=$?
    if [ $code != 0 ]; then
        printf '\nFAILED  %s (exit code %d, after %s)\n' "$title" $code "$(minutes $SECONDS)" >&2
        exit 1
    fi
    printf '== %s: %s\n' "$title" "$(minutes $((SECONDS - started)))"
}

# build PRESET [TARGET...]: configures when needed and builds.
build() {
    local preset=$1 cache=$root/build/$1/CMakeCache.txt
    shift
    if [ -e "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
        rm -rf "$root/build/$preset" # made for a copy of the repository that stood elsewhere
    fi
    (cd "$root" && cmake --preset "$preset" --no-warn-unused-cli --log-level=NOTICE >/dev/null && ninja -C "build/$preset" "$@")
}
