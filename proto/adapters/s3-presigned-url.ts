/** URLs of S3 objects that anybody may fetch for a while: signed here, without a question to the server. */
import { Client } from 'minio';
import { errorText } from './error-text.ts';
import { StageyardError } from '../errors.ts';
import { endpointUrl, type S3Place } from './s3-calls.ts';

/** Longer than any download waits before it begins. */
const VALID_S = 3600;

/** Of a GET. Rejects with `CONFIG_INVALID` for an endpoint or bucket that can't be. */
export async function presignedUrl(place: S3Place, key: string): Promise<string> {
  const { endpoint, bucket, region, accessKey, secretKey, sessionToken } = place;
  const url = endpointUrl(endpoint);
  try {
    const client = new Client({
      endPoint: url.hostname,
      ...(url.port === '' ? undefined : { port: Number(url.port) }),
      useSSL: url.protocol === 'https:',
      accessKey,
      secretKey,
      ...(sessionToken === undefined ? undefined : { sessionToken }),
      region: region ?? 'us-east-1',
    });
    return await client.presignedGetObject(bucket, key, VALID_S);
  } catch (error) {
    const text = `s3://${bucket}/${key}: ${errorText(error)}`;
    throw new StageyardError('CONFIG_INVALID', text, { cause: error });
  }
}
