import { newer } from '../position/position.ts';
import { load, save, type Device } from './device.ts';
import type { Request } from './request.ts';

/**
 * The position of the newest data that the app has shown: the place of a commit in the database's log. Without it, an
 * answer of another server could be some milliseconds older, and lack what the app has just written.
 */
const file = 'position.json';

const header = 'Followgraph-Position';

/** Adds the position to a request, so that its answer is not older. */
export async function demand(device: Device, request: Request): Promise<void> {
  const position = await load<string>(device, file);
  if (position) {
    request.headers[header] = position;
  }
}

/** Stores the position of an answer, if it is newer. */
export async function note(device: Device, answer: Headers): Promise<void> {
  const arrived = answer.get(header);
  const known = await load<string>(device, file);
  if (arrived && newer(known, arrived) !== known) {
    await save(device, file, arrived);
  }
}
