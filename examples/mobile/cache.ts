import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { discard, load, save, type Device } from './device.ts';
import type { Content } from './transport.ts';

const directory = 'answers';
/** How many answers are kept, of some KiB each. */
const capacity = 200;

/** The last whole answer to a GET. */
export interface Kept {
  url: string;
  etag: string;
  /** When the server last said that this is its answer, in milliseconds since 1970. */
  confirmed: number;
  content: Content;
}

/** Answers differ with `Authorization`, and are not kept under it: whoever signs in or out clears them all. */
export async function recall(device: Device, url: string): Promise<Kept | undefined> {
  return load(device, nameOf(url));
}

export async function keep(device: Device, kept: Kept): Promise<void> {
  const names = await readdir(join(device.directory, directory)).catch(() => []);
  if (names.length >= capacity) {
    await clear(device); // rare, and each answer can be had again: no need to know which was used last
  }
  await save(device, nameOf(kept.url), kept);
}

export async function clear(device: Device): Promise<void> {
  await discard(device, directory);
}

/** URLs are too long for names of files. */
function nameOf(url: string): string {
  return join(directory, `${createHash('sha256').update(url).digest('hex')}.json`);
}
