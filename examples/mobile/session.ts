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

export async function begin(device: Device, session: Session): Promise<void> {
  await clear(device); // before, so that answers to nobody never stand for answers to somebody
  await save(device, file, session);
}

export async function end(device: Device): Promise<void> {
  await discard(device, file);
  await clear(device);
}
