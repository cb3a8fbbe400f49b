#!/bin/sh
# Installs a released `capi` after it has verified where it comes from.
#
#   sh install.sh                      the newest release, into /usr/local/bin
#   sh install.sh --version 1.2.3 --to ~/.local/bin
#
# The signature of SHA256SUMS is verified with the key of the releases, and what was downloaded with SHA256SUMS: a server
# that was broken into cannot put another program in its place. Needs curl, tar, ssh-keygen (OpenSSH 8.2 or later), and
# sha256sum or shasum.
set -eu

# The release workflow fills in both in the copy that it publishes beside the programs.
releases=${CAPI_RELEASES:-@RELEASES@}
key=${CAPI_RELEASE_KEY:-@KEY@}

main() {
    version=
    directory=/usr/local/bin
    while [ $# -gt 0 ]; do
        case $1 in
            --version) version=${2:?"--version needs a version"} ;;
            --to) directory=${2:?"--to needs a directory"} ;;
            *) fail "Unknown option $1. Usage: install.sh [--version VERSION] [--to DIRECTORY]" ;;
        esac
        shift 2
    done
    case $releases$key in
        *@RELEASES@* | *@KEY@*) fail "Take install.sh from a release, or set CAPI_RELEASES and CAPI_RELEASE_KEY." ;;
    esac
    for program in curl tar ssh-keygen; do
        command -v "$program" >/dev/null || fail "$program is needed."
    done

    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    archive=capi-$(platform).tar.gz
    download SHA256SUMS
    download SHA256SUMS.sig
    verify_signature
    download "$archive"
    verify_sum "$archive"
    tar -xzf "$work/$archive" -C "$work" capi
    install_program
    echo "Installed $("$directory/capi" --version) as $directory/capi."
}

platform() {
    case $(uname -sm) in
        "Linux x86_64") echo x86_64-linux ;;
        "Linux aarch64" | "Linux arm64") echo aarch64-linux ;;
        "Darwin x86_64") echo x86_64-macos ;;
        "Darwin arm64") echo aarch64-macos ;;
        *) fail "There is no release for this platform ($(uname -sm)): build it with cargo." ;;
    esac
}

download() {
    if [ -n "$version" ]; then
        from=$releases/download/v$version/$1
    else
        from=$releases/latest/download/$1
    fi
    curl --fail --silent --show-error --location --proto '=https,http' --retry 2 --output "$work/$1" "$from" ||
        fail "$from cannot be downloaded."
}

verify_signature() {
    echo "releases namespaces=\"capi-release\" $key" >"$work/signers"
    ssh-keygen -Y verify -f "$work/signers" -I releases -n capi-release -s "$work/SHA256SUMS.sig" \
        <"$work/SHA256SUMS" >/dev/null 2>&1 ||
        fail "The signature of SHA256SUMS is not of the releases' key: nothing was installed."
}

verify_sum() {
    grep "  $1\$" "$work/SHA256SUMS" >"$work/sum" || fail "SHA256SUMS does not name $1: nothing was installed."
    if command -v sha256sum >/dev/null; then
        check="sha256sum"
    else
        check="shasum -a 256"
    fi
    (cd "$work" && $check -c sum >/dev/null 2>&1) ||
        fail "$1 is not what SHA256SUMS says: nothing was installed."
}

# The new program takes the place of the old one at once, also while that runs.
install_program() {
    mkdir -p "$directory"
    if ! cp "$work/capi" "$directory/.capi.new" 2>/dev/null; then
        fail "$directory cannot be written to: choose another directory with --to, or run this as root."
    fi
    chmod 755 "$directory/.capi.new"
    mv "$directory/.capi.new" "$directory/capi"
}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# Whole, or not at all, where it is piped into a shell.
main "$@"
