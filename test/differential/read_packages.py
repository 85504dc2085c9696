"""Reads every .conda below a directory with Python's own tools and prints one JSON object: file name -> what is inside.

`plain` holds the sums of files as if both builders had built in the same place: their prefixes, which have the same
length, are replaced by a mark. Only zipfile, tarfile and zstandard are used, so that a fault of our own reader can't hide a fault of our own writer.
"""

import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import zstandard


# Every path of a padded prefix, whoever made it; a letter behind it is left to both alike.
PREFIX = re.compile(rb"/[A-Za-z0-9_./-]*/host_env_placehold[_a-z]*")


def texts_of(info: tarfile.TarFile) -> dict:
    """Metadata files but for the complete build description, which tells of the machine."""
    found = {}
    for member in info.getmembers():
        name = member.name.removeprefix("info/")
        if member.isfile() and name != "recipe/rendered_recipe.yaml":
            found[name] = info.extractfile(member).read().decode("utf8", "replace")
    return found


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
        files, plain = {}, {}
        for member in pkg.getmembers():
            if member.isdir():
                continue
            entry = {"mode": member.mode, "link": member.linkname if member.issym() else None, "mtime": member.mtime}
            if member.isfile():
                content = pkg.extractfile(member).read()
                entry["sha256"] = hashlib.sha256(content).hexdigest()
                entry["size"] = len(content)
                plain[entry["sha256"]] = hashlib.sha256(PREFIX.sub(b"@", content)).hexdigest()
            files[member.name] = entry
        return {
            "order": archive.namelist(),
            "info": sorted(m.name for m in info.getmembers() if not m.isdir()),
            "metadata": texts,
            "files": files,
            "plain": plain,
            "texts": texts_of(info),
            "members": {"info": info.getnames(), "pkg": pkg.getnames()},
            "owners": sorted({(m.uid, m.gid, m.uname, m.gname) for m in [*info.getmembers(), *pkg.getmembers()]}),
        }


print(json.dumps({str(p.relative_to(sys.argv[1])): describe(p) for p in sorted(Path(sys.argv[1]).rglob("*.conda"))}))
