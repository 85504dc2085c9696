/** @module Interface stageyard:inspect/source **/
export function readAt(offset: bigint, len: number): Uint8Array | undefined;
