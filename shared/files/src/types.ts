import { fileTypeFromBuffer } from 'file-type/core';

/**
 * Types that may be kept, and whether a browser that shows one runs nothing of it. Everything else that is told apart
 * (programs, HTML, SVG, scripts) is refused.
 */
const allowed: Record<string, 'passive' | 'active'> = {
  'image/png': 'passive',
  'image/jpeg': 'passive',
  'image/gif': 'passive',
  'image/webp': 'passive',
  'image/bmp': 'passive',
  'image/heic': 'passive',
  'audio/mpeg': 'passive',
  'audio/wav': 'passive',
  'audio/ogg': 'passive',
  'audio/opus': 'passive',
  'audio/x-m4a': 'passive',
  'audio/amr': 'passive',
  'audio/flac': 'passive',
  'video/mp4': 'passive',
  'video/webm': 'passive',
  'video/quicktime': 'passive',
  'application/pdf': 'active',
  'application/zip': 'active',
  'application/x-cfb': 'active', // .doc, .xls, .msg
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'active',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'active',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'active',
  'text/plain': 'active', // whatever it says, a browser may take it for a page
};

/** Office files are zip archives whose parts may lie beyond what is looked at. */
const officeNames: Record<string, string> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};
const textNames: ReadonlySet<string> = new Set(['txt', 'log', 'csv', 'md', 'json']);

/** How much of a file's beginning is looked at. */
export const HEAD_BYTES = 64 * 1024;

/** The type that a file's first bytes say, whatever its sender claims; null for one that may not be kept. */
export async function sniff(head: Buffer, name: string): Promise<string | null> {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const found = (await fileTypeFromBuffer(head).catch(() => undefined))?.mime.split(';')[0];
  if (found === undefined) return textNames.has(extension) && !head.includes(0) ? 'text/plain' : null;
  if (found === 'application/zip') return officeNames[extension] ?? found;
  return found in allowed ? found : null;
}

/** As what a kept file is sent: its own type where a browser runs nothing of it, else bytes. */
export function inertType(type: string): string {
  return allowed[type] === 'passive' ? type : 'application/octet-stream';
}
