# SPDX-License-Identifier: Apache-2.0
"""What a power cut may leave of the files that a program writes.

`recording` reads the file system calls of a program from strace; `disk` replays them on
a model of a disk, which knows what had reached it.
"""
