/**
 * Fetches what channels hold, `s3://BUCKET/PREFIX` ones too: a signed URL of the S3 server, fetched as any other. What
 * the server says of missing files needs the right to list the bucket.
 */
import { presignedUrl } from '#proto/adapters/s3-presigned-url.ts';
import type { S3Place } from '#proto/adapters/s3-calls.ts';
import { StageyardError } from '#proto/errors.ts';
import { createHttpTransfer, type HttpTransfer } from '#workers/environment/http-transfer.ts';

/** Server and keys for a bucket. Throws `CONFIG_INVALID` when they aren't configured. */
export type BucketAccess = (bucket: string) => S3Place;

const REFUSAL =
  'the S3 keys that are used here need s3:GetObject and s3:ListBucket there (a worker uses those of its store)';

/** The transfer; `accessOf` is asked for each file of an s3 channel. */
export function channelTransfer(accessOf: BucketAccess): HttpTransfer {
  const http = createHttpTransfer();
  return {
    fetchFile: async (request) => {
      if (!request.url.startsWith('s3:')) return http.fetchFile(request);
      const url = await signed(request.url, accessOf);
      return http.fetchFile({ ...request, url, refusal: REFUSAL });
    },
  };
}

async function signed(text: string, accessOf: BucketAccess): Promise<string> {
  const url = URL.parse(text);
  const key = decodeURIComponent(url?.pathname.replace(/^\/+/, '') ?? '');
  if (url === null || url.hostname === '' || key === '') {
    throw new StageyardError('CHANNEL_INVALID', `${text}: not s3://BUCKET/PREFIX`);
  }
  return presignedUrl(accessOf(url.hostname), key);
}
