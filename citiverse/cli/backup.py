"""`citiverse backup` and `citiverse restore`: all that cannot be made again, in one file."""

import argparse
from pathlib import Path

from citiverse.cli.arguments import Commands, add_command, add_data, add_json
from citiverse.cli.city import data_folder
from citiverse.cli.telling import Progress, print_json


def add(commands: Commands) -> None:
    """Add the commands to keep a copy and to go back to it."""
    backup = add_command(commands, "backup", run_backup, "copy proposals and imported scenes to one file")
    backup.add_argument("file", type=Path, metavar="FILE", help="zip file to write; the server may go on running")
    restore = add_command(commands, "restore", run_restore, "put a backup into an empty data folder")
    restore.add_argument("file", type=Path, metavar="FILE", help="zip file that citiverse backup wrote")
    for each in (backup, restore):
        add_data(each)
        add_json(each)


def run_backup(options: argparse.Namespace) -> int:
    """Write a backup."""
    from citiverse.session.backup import backup

    with Progress() as progress:
        kept = backup(data_folder(options), options.file, progress)
    if options.json:
        print_json(kept)
    else:
        print(f"{kept.proposals} proposals with {kept.events} events, {kept.files} files: {options.file}")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Put a backup in place."""
    from citiverse.session.backup import restore

    with Progress() as progress:
        kept = restore(options.file, data_folder(options), progress)
    if options.json:
        print_json(kept)
    else:
        print(f"{kept.proposals} proposals with {kept.events} events, {kept.files} files: {data_folder(options)}")
    return 0
