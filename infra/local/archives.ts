import { gunzipSync, inflateRawSync } from 'node:zlib';

/**
 * Reads one file of a zip archive (a Python wheel is one).
 *
 * @throws when no entry's name matches
 */
export function readZipEntry(zip: Buffer, name: RegExp): Buffer {
  // The central directory, found by the end record, has the true sizes; local headers may leave them out.
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a zip archive');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (name.test(zip.toString('utf8', at + 46, at + 46 + nameLength))) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the archive holds no ${name.source}`);
}

/**
 * Reads one file of a gzipped tar archive.
 *
 * @throws when no entry's name matches
 */
export function readTarGzEntry(archive: Buffer, name: RegExp): Buffer {
  const tar = gunzipSync(archive);
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const field = (from: number, length: number) =>
      tar.toString('latin1', at + from, at + from + length).split('\0', 1)[0];
    const size = Number.parseInt(field(124, 12) ?? '', 8) || 0;
    if (name.test(field(0, 100) ?? '')) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the archive holds no ${name.source}`);
}
