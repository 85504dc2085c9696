"""Opens one package with py-rattler in every way it knows, installs it, and prints what it saw as one JSON object.

Arguments: the package, a directory to extract to, a prefix to install into, a directory for the cache.
"""

import asyncio
import json
import sys
from pathlib import Path

import rattler
from rattler import package_streaming


async def main(package: Path, dest: Path, prefix: Path, cache: Path) -> dict:
    sha256, md5 = package_streaming.extract(package, dest)
    archive = await package_streaming.PackageArchive.from_path(package)
    index = await archive.index_json()
    about = await archive.about_json()
    paths = await archive.paths_json()
    exports = await archive.run_exports_json()
    streamed = [entry.name async for entry in archive.stream("pkg")]
    record = rattler.RepoDataRecord(
        rattler.PackageRecord.from_index_json(dest / "info" / "index.json", size=package.stat().st_size, sha256=sha256.hex(), md5=md5.hex()),
        package.name,
        package.as_uri(),
        package.parent.as_uri(),
    )
    await rattler.install([record], prefix, cache_dir=cache, show_progress=False)
    installed = rattler.PrefixRecord.from_path(next((prefix / "conda-meta").glob("*.json")))
    return {
        "sha256": sha256.hex(),
        "md5": md5.hex(),
        "name": index.name.normalized,
        "version": str(index.version),
        "depends": [str(spec) for spec in index.depends],
        "license": about.license,
        "weak": exports.weak if exports else None,
        "paths": [str(entry.relative_path) for entry in paths.paths],
        "streamed": streamed,
        "listed": await archive.list_files("pkg"),
        "installed": sorted(str(path) for path in installed.files),
    }


package, dest, prefix, cache = (Path(argument) for argument in sys.argv[1:])
print(json.dumps(asyncio.run(main(package, dest, prefix, cache))))
