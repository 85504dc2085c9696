/** Blobs of clients, which have no credentials of the store: their bundles go in, packages and logs come out. */
import { type BlobRef, isSha256Digest, type Sha256Digest } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import type { Call } from './call.ts';
import { answerJson, RefusedRequest } from './failures.ts';

const OWNER_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:#@=+~!/-]{0,299}$/;
const LOCATION_LENGTH_MAX = 1_024;

/** `PUT /blobs/SHA256?owner=`: answers the reference. */
export async function putBlob(call: Call): Promise<void> {
  const digest = digestOf(call);
  const owner = call.url.searchParams.get('owner') ?? '';
  if (!OWNER_PATTERN.test(owner) || owner.includes('..')) {
    throw new RefusedRequest(400, 'owner: give the name of a run or an attempt');
  }
  const ref = await call.transfers.receive(call.response, digest, { owner: `client/${owner}` });
  answerJson(call.response, 201, ref);
}

/** `GET /blobs/SHA256?size=&location=`: the bytes. */
export async function getBlob(call: Call): Promise<void> {
  await call.transfers.send(call.response, refOf(call), { type: 'application/octet-stream' });
}

/** `HEAD` of the same: whether it is there. */
export async function headBlob(call: Call): Promise<void> {
  const ref = refOf(call);
  if (!(await call.blobs.has(ref))) {
    throw new StageyardError('BLOB_MISSING', `blob ${ref.digest} is not in the store`);
  }
  call.response.writeHead(200, { 'content-type': 'application/octet-stream' });
  call.response.end();
}

function digestOf({ words }: Call): Sha256Digest {
  const [digest = ''] = words;
  if (isSha256Digest(digest)) return digest;
  throw new RefusedRequest(400, 'a blob is named by its SHA-256: 64 lower-case hex digits');
}

function refOf(call: Call): BlobRef {
  const digest = digestOf(call);
  const size = call.url.searchParams.get('size') ?? '';
  const sizeBytes = /^\d{1,15}$/.test(size) ? Number(size) : Number.NaN;
  const location = call.url.searchParams.get('location') ?? '';
  if (Number.isNaN(sizeBytes)) throw new RefusedRequest(400, 'size: give the blob’s size in bytes');
  if (location.length > LOCATION_LENGTH_MAX) {
    throw new RefusedRequest(400, `location: at most ${LOCATION_LENGTH_MAX} characters`);
  }
  return { digest, sizeBytes, location };
}
