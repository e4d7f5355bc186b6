import { clear } from './cache.ts';
import { discard, load, save, type Device } from './device.ts';

/** The token. A phone should store it in its keychain; here it is in a file that only the owner can read. */
const file = 'session.json';

interface Session {
  token: string;
}

export async function token(device: Device): Promise<string | undefined> {
  return (await load<Session>(device, file))?.token;
}

/** Starts a session. There must be none. */
export async function begin(device: Device, session: Session): Promise<void> {
  await save(device, file, session);
}

/** Ends the session, if any, and deletes all stored responses: they belong to its user. */
export async function end(device: Device): Promise<void> {
  await discard(device, file);
  await clear(device);
}
