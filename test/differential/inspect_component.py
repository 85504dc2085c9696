"""The inspector's component in wasmtime: paths on standard input, one JSON answer a line.

    python inspect_component.py COMPONENT.wasm < paths

Another component host needs nothing of this project but the `.wasm` and its WIT.
"""
import json
import re
import sys

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Record, Variant

HEAD_BYTES = 4096


def camel(name):
    return re.sub(r"[-_]([a-z0-9])", lambda match: match.group(1).upper(), name)


def plain(value):
    """What the other side writes, too: bytes in hex, numbers as text, flags sorted, absent options left out."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(camel(name) for name in value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Variant):
        return {"tag": value.tag, "val": plain(value.payload)}
    if isinstance(value, Record):
        fields = {camel(key): plain(item) for key, item in vars(value).items()}
        return {key: item for key, item in fields.items() if item is not None}
    raise TypeError(f"a {type(value).__name__} from the component")


def main():
    engine = Engine()
    component = Component.from_file(engine, sys.argv[1])
    file = None

    def read_at(_store, offset, length):
        # No file is that long, and the system call takes no larger number.
        if offset > 2**53:
            return b""
        file.seek(offset)
        return file.read(length)

    linker = Linker(engine)
    with linker.root() as root:
        with root.add_instance("stageyard:inspect/source") as source:
            source.add_func("read-at", read_at)
    store = Store(engine)
    instance = linker.instantiate(store, component)
    api = instance.get_export_index(store, "stageyard:inspect/api")
    inspect = instance.get_func(store, instance.get_export_index(store, "inspect", api))
    for path in sys.stdin.buffer.read().split(b"\0")[:-1]:
        with open(path, "rb") as file:
            report = inspect(store, file.read(HEAD_BYTES))
            inspect.post_return(store)
        print(json.dumps(plain(report), sort_keys=True))


main()
