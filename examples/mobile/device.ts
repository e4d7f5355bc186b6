import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the app takes from the phone. A test gives it another one. */
export interface Device {
  /** The URL of the GraphQL endpoint. */
  server: string;
  /** The app's own directory. */
  directory: string;
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  print(line: string): void;
  /** Asks for it; empty where the person has thought better of it. */
  password(): Promise<string>;
}

/** What was kept under a name; undefined where there is nothing, or nothing that can be read. */
export async function load<Value>({ directory }: Device, name: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, name), 'utf8')) as Value;
  } catch {
    return undefined; // whatever is kept can be had from the server again
  }
}

/** Keeps a value under a name, for this user of the machine alone: it may be a token, or what only its owner may see. */
export async function save({ directory }: Device, name: string, value: unknown): Promise<void> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Renamed into place: an app that is killed here leaves the old value, not half of the new one; and a file that is there
  // would keep its mode.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
  await rename(draft, path);
}

export async function discard({ directory }: Device, name: string): Promise<void> {
  await rm(join(directory, name), { recursive: true, force: true });
}
