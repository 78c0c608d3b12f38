import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { FileMissing, type FileStore, assertKey } from './store';

export interface S3Options {
  bucket: string;
  region: string;
  /** Another service than Amazon's, by its address; buckets are then named in the path. */
  endpoint?: string | undefined;
  /** Before every key, e.g. `duban/`. */
  prefix?: string | undefined;
  /** Without them the SDK's own ways to find some are used. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/** Objects in a bucket of any S3-compatible service; large ones go up in parts, 5 MiB each, at most two at once. */
export function openS3Store({ bucket, region, endpoint, prefix = '', credentials }: S3Options): FileStore {
  const client = new S3Client({
    region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // Checksum trailers are Amazon's own; services that are merely compatible refuse them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const at = (key: string) => {
    assertKey(key);
    return { Bucket: bucket, Key: prefix + key };
  };

  return {
    async put(key, content) {
      // Before its last part is acknowledged no object is there; a failure aborts the parts.
      const upload = new Upload({ client, params: { ...at(key), Body: content }, queueSize: 2 });
      await upload.done();
    },

    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand(at(key)));
        return Body as Readable;
      } catch (error) {
        throw (error as Error).name === 'NoSuchKey' ? new FileMissing(key) : error;
      }
    },

    remove: async (key) => void (await client.send(new DeleteObjectCommand(at(key)))),

    async *list(area) {
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: `${prefix}${area}/` }))
        for (const { Key, LastModified } of page.Contents ?? [])
          if (Key && LastModified) yield { key: Key.slice(prefix.length), at: LastModified };
    },

    async dropPartial(before) {
      let dropped = 0;
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (!Initiated || Initiated >= before) continue;
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
        dropped++;
      }
      return dropped;
    },
  };
}
