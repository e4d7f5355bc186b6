import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The interface of the app to the phone. Tests replace it. */
export interface Device {
  /** The URL of the GraphQL endpoint. */
  server: string;
  /** The directory of the app. */
  directory: string;
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  print(line: string): void;
  /** Aborted when the user leaves the screen. */
  left: AbortSignal;
  /** Asks for the password. Empty if the user cancels. */
  password(): Promise<string>;
}

/** Returns the stored value of a name. Undefined if there is none, or if it cannot be read. */
export async function load<Value>({ directory }: Device, name: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, name), 'utf8')) as Value;
  } catch {
    return undefined; // stored data can be loaded from the server again
  }
}

/** Stores a value in a file that only this user can read. It can be a token or private data. */
export async function save({ directory }: Device, name: string, value: unknown): Promise<void> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Write a new file and rename it: if the app is killed, the old value stays complete. An existing file would keep its
  // mode.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
  await rename(draft, path);
}

export async function discard({ directory }: Device, name: string): Promise<void> {
  await rm(join(directory, name), { recursive: true, force: true });
}
