/** A file below `info/` of the package to be. */

/** Its content is in memory: metadata is small. */
export interface InfoFile {
  /** With the `info/` in front. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly isExecutable?: boolean;
}

/** JSON as packages carry it: indented by two, no newline at the end. */
export function jsonFile(name: string, value: unknown): InfoFile {
  return { path: `info/${name}`, bytes: Buffer.from(JSON.stringify(value, undefined, 2)) };
}

/** Text as it is. */
export function textFile(name: string, text: string): InfoFile {
  return { path: `info/${name}`, bytes: Buffer.from(text) };
}
