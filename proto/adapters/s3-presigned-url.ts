/** URLs of S3 objects that anybody may fetch for a while: signed here, without a question to the server. */
import { Client } from 'minio';
import { errorText } from './error-text.ts';
import { StageyardError } from '../errors.ts';
import { clientOptions, type S3Place } from './s3-calls.ts';

/** Longer than any download waits before it begins. */
const VALID_S = 3600;

/** Of a GET. Rejects with `CONFIG_INVALID` for an endpoint or bucket that can't be. */
export async function presignedUrl(place: S3Place, key: string): Promise<string> {
  const { bucket } = place;
  const options = clientOptions(place);
  try {
    return await new Client(options).presignedGetObject(bucket, key, VALID_S);
  } catch (error) {
    const text = `s3://${bucket}/${key}: ${errorText(error)}`;
    throw new StageyardError('CONFIG_INVALID', text, { cause: error });
  }
}
