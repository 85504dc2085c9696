/** The library map: view to wire and back (see snapshot.proto). */
import type { LibraryMap, LibraryMapEntry, PackageNature } from '../snapshot.ts';
import type { stageyard } from './generated/messages.js';
import { enumTable, invalidField, nonEmpty } from './wire.ts';

const VERSION = 2;

const natures = enumTable<PackageNature>({
  interpreter: 1,
  'dso-library': 2,
  'plugin-library': 3,
  'interpreted-library': 4,
  'non-library': 5,
});
const origins = enumTable<LibraryMapEntry['from']>({ host: 1, build: 2, sysroot: 3 });

/** View to wire. */
export function wireLibraryMap(map: LibraryMap): stageyard.v1.LibraryMap.$Properties {
  const entries = map.entries.map((entry) => ({
    ...entry,
    nature: natures.toWire(entry.nature),
    from: origins.toWire(entry.from),
  }));
  return { version: VERSION, entries, hasSysroot: map.hasSysroot };
}

/** Wire to view. */
export function viewLibraryMap(wire: stageyard.v1.LibraryMap.$Properties): LibraryMap {
  if (wire.version !== VERSION) {
    throw invalidField('library_map.version', `${wire.version ?? 0} is not known, ${VERSION} is`);
  }
  const entries = (wire.entries ?? []).map((entry, index) =>
    viewEntry(`library_map.entries[${index}]`, entry),
  );
  return { version: VERSION, entries, hasSysroot: wire.hasSysroot ?? false };
}

function viewEntry(field: string, wire: stageyard.v1.LibraryMapEntry.$Properties): LibraryMapEntry {
  const soname = wire.soname ?? undefined;
  return {
    fileName: nonEmpty(`${field}.file_name`, wire.fileName),
    path: nonEmpty(`${field}.path`, wire.path),
    ...(soname === undefined ? undefined : { soname }),
    package: nonEmpty(`${field}.package`, wire.package),
    version: wire.version ?? '',
    build: wire.build ?? '',
    nature: natures.toView(`${field}.nature`, wire.nature),
    from: origins.toView(`${field}.from`, wire.from),
  };
}
