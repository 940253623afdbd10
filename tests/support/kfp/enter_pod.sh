#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run a command in a root folder of its own: that of this machine, with empty /tmp, /run
# and /root, and with more folders and files. The mounts are seen in this mount namespace
# only.
#
# usage: enter_pod.sh ROOT USER:GROUP [SOURCE TARGET]... -- COMMAND...
set -eu

root=$1 user=$2
shift 2
mount --make-rprivate /
mount -t tmpfs pod "$root"

for entry in /*; do
    case $entry in
        /tmp | /run | /root | /proc) continue ;;
        /minio | /s3 | /gcs | /kfp-* | /state) continue ;;
    esac
    if [ -L "$entry" ]; then
        cp -P "$entry" "$root$entry"
    elif [ -d "$entry" ]; then
        mkdir "$root$entry"
        mount --rbind "$entry" "$root$entry"
    fi
done
mkdir -m 1777 "$root/tmp"
mkdir "$root/run" "$root/root" "$root/proc"
mount -t proc proc "$root/proc"

while [ "$1" != -- ]; do
    source=$1 target=$root$2
    shift 2
    if [ -d "$source" ]; then
        mkdir -p "$target"
    else
        mkdir -p "${target%/*}"
        [ -e "$target" ] || : >"$target"
    fi
    mount --rbind "$source" "$target"
done
shift
# Not by exec: this shell says of a killed command what `unshare` does not.
code=0
chroot --userspec="$user" --groups= "$root" "$@" || code=$?
exit "$code"
