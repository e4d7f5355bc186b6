import { clear } from './cache.ts';
import { discard, load, save, type Device } from './device.ts';

/** On a phone the token belongs into its keychain; here it is in a file that only its owner may read. */
const file = 'session.json';

interface Session {
  token: string;
}

export async function token(device: Device): Promise<string | undefined> {
  return (await load<Session>(device, file))?.token;
}

/** Begins a session where none is. */
export async function begin(device: Device, session: Session): Promise<void> {
  await save(device, file, session);
}

/** Forgets the caller, if there is one, and all answers: they were for that caller. */
export async function end(device: Device): Promise<void> {
  await discard(device, file);
  await clear(device);
}
