"""Reads every .conda below a directory with Python's own tools and prints one JSON object: file name -> what is inside.

Only zipfile, tarfile and zstandard are used, so that a fault of our own reader can't hide a fault of our own writer.
"""

import hashlib
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path

import zstandard


def members(archive: zipfile.ZipFile, prefix: str) -> tarfile.TarFile:
    name = next(n for n in archive.namelist() if n.startswith(prefix))
    data = archive.read(name)
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()
    return tarfile.open(fileobj=io.BytesIO(plain))


def describe(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        bad = archive.testzip()
        assert bad is None, f"{path}: damaged member {bad}"
        info = members(archive, "info-")
        pkg = members(archive, "pkg-")
        texts = {}
        for name in ("index.json", "paths.json", "run_exports.json", "about.json", "hash_input.json"):
            try:
                handle = info.extractfile(f"info/{name}")
            except KeyError:
                continue
            texts[name] = json.loads(handle.read())
        files = {}
        for member in pkg.getmembers():
            if member.isdir():
                continue
            entry = {"mode": member.mode, "link": member.linkname if member.issym() else None, "mtime": member.mtime}
            if member.isfile():
                content = pkg.extractfile(member).read()
                entry["sha256"] = hashlib.sha256(content).hexdigest()
                entry["size"] = len(content)
            files[member.name] = entry
        return {
            "order": archive.namelist(),
            "info": sorted(m.name for m in info.getmembers() if not m.isdir()),
            "metadata": texts,
            "files": files,
        }


print(json.dumps({str(p.relative_to(sys.argv[1])): describe(p) for p in sorted(Path(sys.argv[1]).rglob("*.conda"))}))
