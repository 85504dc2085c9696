"""Installs every package of a channel directory with py-rattler, each into a prefix of its own, and says what is wrong.

Arguments: the channel, a directory to work in, the path of a package `python` for noarch Python packages. Prints a JSON
object: package -> complaints. `paths.json` of the package decides what must be there.
"""

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path

import rattler
from rattler import package_streaming


def described(package: Path, work: Path) -> tuple[rattler.RepoDataRecord, dict, dict]:
    dest = work / "extracted" / package.stem
    sha256, md5 = package_streaming.extract(package, dest)
    index = dest / "info" / "index.json"
    record = rattler.RepoDataRecord(
        rattler.PackageRecord.from_index_json(index, size=package.stat().st_size, sha256=sha256.hex(), md5=md5.hex()),
        package.name,
        package.as_uri(),
        package.parent.parent.as_uri(),
    )
    return record, json.loads(index.read_text()), json.loads((dest / "info" / "paths.json").read_text())


def place(path: str, is_python: bool) -> str:
    if is_python and path.startswith("site-packages/"):
        return f"lib/python3.12/{path}"
    if is_python and path.startswith("python-scripts/"):
        return f"bin/{path.removeprefix('python-scripts/')}"
    return path


def complaints(prefix: Path, paths: list[dict], is_python: bool) -> list[str]:
    found = []
    for entry in paths:
        file = prefix / place(entry["_path"], is_python)
        if not os.path.lexists(file):
            found.append(f"{entry['_path']} is missing")
        elif file.is_symlink() != (entry["path_type"] == "softlink"):
            found.append(f"{entry['_path']} is not a {entry['path_type']}")
        elif entry["path_type"] == "hardlink":
            found += wrong_content(file, entry, prefix)
    return found


def wrong_content(file: Path, entry: dict, prefix: Path) -> list[str]:
    content = file.read_bytes()
    placeholder = entry.get("prefix_placeholder")
    if placeholder is None:
        is_same = hashlib.sha256(content).hexdigest() == entry["sha256"] and len(content) == entry["size_in_bytes"]
        return [] if is_same else [f"{entry['_path']} has other content"]
    found = []
    if placeholder.encode() in content:
        found.append(f"{entry['_path']} still holds the placeholder")
    if str(prefix).encode() not in content:
        found.append(f"{entry['_path']} does not hold the prefix")
    if entry["file_mode"] == "binary" and len(content) != entry["size_in_bytes"]:
        found.append(f"{entry['_path']} has another size")
    return found


async def main(channel: Path, work: Path, python: Path) -> dict:
    python_record = described(python, work)[0]
    report = {}
    for package in sorted(channel.glob("*/*.conda")):
        record, index, paths = described(package, work)
        is_python = index.get("noarch") == "python"
        prefix = work / "prefixes" / package.stem
        records = [record, python_record] if is_python else [record]
        await rattler.install(records, prefix, cache_dir=work / "cache", show_progress=False)
        report[package.name] = complaints(prefix, paths["paths"], is_python)
    return report


print(json.dumps(asyncio.run(main(*(Path(argument) for argument in sys.argv[1:])))))
