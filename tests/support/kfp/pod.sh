#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run a command in a root folder of its own: that of this machine, with empty /tmp and
# /run, and with more folders and files. The mounts are seen in this mount namespace only.
#
# usage: pod.sh ROOT [SOURCE TARGET]... -- COMMAND...
set -eu

root=$1
shift
mount --make-rprivate /
mount -t tmpfs pod "$root"

for entry in /*; do
    case $entry in
        /tmp | /run | /proc | /minio | /s3 | /gcs | /kfp-launcher | /state) continue ;;
    esac
    if [ -L "$entry" ]; then
        cp -P "$entry" "$root$entry"
    elif [ -d "$entry" ]; then
        mkdir "$root$entry"
        mount --rbind "$entry" "$root$entry"
    fi
done
mkdir -m 1777 "$root/tmp"
mkdir "$root/run" "$root/proc"
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
chroot "$root" "$@" || code=$?
exit "$code"
