import {
  FollowDocument,
  LoginDocument,
  MoreFollowersDocument,
  ProfileDocument,
  UnfollowDocument,
  type FollowersPageFragment,
} from './__generated__/graphql.ts';
import { mutate, query, type Caveats } from './client.ts';
import { load, save, type Device } from './device.ts';
import { explain, Failure } from './failure.ts';
import { followers, notes, person } from './screen.ts';
import { begin, end } from './session.ts';

const usage = `npm start -- NAME              shows a person and the newest followers
npm start -- --more            shows the next page of them
npm start -- --sign-in NAME    takes the password from the terminal or a pipe
npm start -- --sign-out
npm start -- --follow NAME
npm start -- --unfollow NAME`;

/** How many followers make a page. It is part of the answers' URLs. */
const pageSize = 10;

/** How far somebody has read: a phone has it on its screen, and this app in a file, from one run to the next. */
interface Place {
  id: string;
  shown: number;
  /** The cursor behind what was shown, null where there is no more. */
  after: string | null;
}
const placeFile = 'place.json';

const gone = 'There is no such person any more.';

/** Runs one command; returns the status to exit with. */
export async function run(device: Device, args: string[]): Promise<number> {
  const command = commandOf(args);
  if (!command) {
    device.print(usage);
    return 2;
  }
  try {
    await command(device);
    return 0;
  } catch (failure) {
    if (!(failure instanceof Failure)) {
      throw failure; // a fault of the app, not of the network or the server
    }
    device.print(explain(failure));
    return 1;
  }
}

const alone = new Map([
  ['--more', showMore],
  ['--sign-out', end],
]);
const withName = new Map([
  ['--sign-in', signIn],
  ['--follow', (device: Device, name: string) => change(device, FollowDocument, name)],
  ['--unfollow', (device: Device, name: string) => change(device, UnfollowDocument, name)],
]);

function commandOf([word = '', name, ...rest]: string[]): ((device: Device) => Promise<void>) | undefined {
  if (name === undefined) {
    // No name begins with a dash.
    return /^[^-]/.test(word) ? (device) => showPerson(device, word) : alone.get(word);
  }
  const command = rest.length === 0 ? withName.get(word) : undefined;
  return command && ((device) => command(device, name));
}

async function showPerson(device: Device, username: string): Promise<void> {
  const { user, ...caveats } = await find(device, username);
  person(user).forEach(device.print);
  await showFollowers(device, caveats, user.id, user.followers, 0);
}

async function showMore(device: Device): Promise<void> {
  const place = await load<Place>(device, placeFile);
  if (!place?.after) {
    device.print('There is nothing more to show: begin with npm start -- NAME');
    return;
  }
  const { id, after, shown } = place;
  const answer = await query(device, MoreFollowersDocument, { id, first: pageSize, after });
  const user = present(answer.data.user, answer, gone);
  await showFollowers(device, answer, id, user.followers, shown);
}

async function showFollowers(
  device: Device,
  caveats: Caveats,
  id: string,
  page: FollowersPageFragment,
  shown: number,
): Promise<void> {
  followers(page, shown).forEach(device.print);
  notes(caveats, device.now()).forEach(device.print);
  const after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  await save(device, placeFile, { id, shown: shown + page.edges.length, after } satisfies Place);
}

async function signIn(device: Device, username: string): Promise<void> {
  const password = await device.password();
  if (!password) {
    throw new Failure('CANCELED', 'Not signed in: there was no password.');
  }
  await end(device); // first: with a token that has ended the server would not look at the password
  const answer = await mutate(device, LoginDocument, { username, password });
  const { token } = present(answer.data.login, answer, 'The server gave no token.');
  await begin(device, { token });
  device.print(`Signed in as ${username}.`);
}

async function change(device: Device, document: typeof FollowDocument, username: string): Promise<void> {
  const { user } = await find(device, username);
  const answer = await mutate(device, document, { id: user.id });
  person(present(answer.data.changed?.user, answer, gone)).forEach(device.print);
}

async function find(device: Device, username: string) {
  const answer = await query(device, ProfileDocument, { username, first: pageSize });
  return { ...answer, user: present(answer.data.user, answer, `Nobody is called ${username}.`) };
}

/** What a screen cannot do without. Where it is null an error of the answer says why, or there is no such thing. */
function present<Value>(value: Value | null | undefined, { errors }: Caveats, absent: string): Value {
  if (value === null || value === undefined) {
    throw errors[0] ?? new Failure('NOT_FOUND', absent);
  }
  return value;
}
