import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { discard, load, save, type Device } from './device.ts';
import type { Content } from './transport.ts';

const directory = 'answers';
/** The maximum number of stored responses. Each has a few KiB. */
const capacity = 200;

/** The last complete response to a GET. */
export interface Kept {
  url: string;
  etag: string;
  /** When the server last returned or confirmed this response, in milliseconds since 1970. */
  confirmed: number;
  content: Content;
}

/** The responses by URL. They depend on the caller, so signing in or out deletes all of them. */
export async function recall(device: Device, url: string): Promise<Kept | undefined> {
  return load(device, nameOf(url));
}

export async function keep(device: Device, kept: Kept): Promise<void> {
  const names = await readdir(join(device.directory, directory)).catch(() => []);
  if (names.length >= capacity) {
    await clear(device); // rare, and each response can be loaded again, so a least-recently-used order is not needed
  }
  await save(device, nameOf(kept.url), kept);
}

export async function clear(device: Device): Promise<void> {
  await discard(device, directory);
}

/** Returns a file name: URLs are too long. */
function nameOf(url: string): string {
  return join(directory, `${createHash('sha256').update(url).digest('hex')}.json`);
}
