"""Packs a tree with rattler-build's own package writer; prints seconds of CPU, seconds, and peak memory as JSON."""

import json
import resource
import sys
import time
from pathlib import Path

import rattler_build

tree, output, level = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
begin = time.monotonic()
made = rattler_build.assemble_package(
    name="bench", version="1", target_platform="linux-64", build_string="0", output_dir=output,
    files_dir=tree, compression_level=level,
)
wall = time.monotonic() - begin
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "cpuSeconds": usage.ru_utime + usage.ru_stime,
    "wallSeconds": wall,
    "peakMebibytes": usage.ru_maxrss / 1024,
    "sizeBytes": Path(made.path).stat().st_size,
}))
