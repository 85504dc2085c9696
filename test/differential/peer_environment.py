"""Solves and installs with py-rattler, then reads an environment that somebody else installed.

Reads one JSON object on standard input: `channels` (directories), `specs`, `virtual` (name, version, build), `prefix` and
`cache` to work in, `foreign`: a prefix to read. Prints one JSON object.
"""

import asyncio
import json
import sys
from pathlib import Path

import rattler
from rattler.package.build_string import BuildString


def read(prefix: str) -> dict:
    """Files by package, as py-rattler understands the records."""
    records = [rattler.PrefixRecord.from_path(path) for path in Path(prefix, "conda-meta").glob("*.json")]
    return {record.name.normalized: sorted(str(file) for file in record.files) for record in records}


async def main(job: dict) -> dict:
    virtual = [
        rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), BuildString(build))
        for name, version, build in job["virtual"]
    ]
    records = await rattler.solve(
        [rattler.Channel(Path(channel).as_uri()) for channel in job["channels"]],
        job["specs"],
        platforms=["linux-64", "noarch"],
        virtual_packages=virtual,
    )
    await rattler.install(records, job["prefix"], cache_dir=Path(job["cache"]), show_progress=False)
    return {
        "solved": sorted(f"{record.name.normalized} {record.version} {record.build}" for record in records),
        "own": read(job["prefix"]),
        "foreign": read(job["foreign"]),
    }


print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
