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
import { changes, followers, notes, person } from './screen.ts';
import { begin, end } from './session.ts';
import { watch } from './watch.ts';

const usage = `npm start -- NAME              shows a person and the newest followers
npm start -- --more            shows the next page of them
npm start -- --watch NAME      shows who begins and ceases to follow, until Ctrl+C
npm start -- --sign-in NAME    takes the password from the terminal or a pipe
npm start -- --sign-out
npm start -- --follow NAME
npm start -- --unfollow NAME`;

/** The page size for followers. It is part of the request URLs. */
const pageSize = 10;

/** The reading position. A phone has it on its screen; this app stores it in a file between two runs. */
interface Place {
  id: string;
  shown: number;
  /** The cursor for the next page, null if there is none. */
  after: string | null;
}
const placeFile = 'place.json';

const gone = 'This user no longer exists.';

/** Runs a command and returns the exit status. */
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
      throw failure; // a bug of the app, not a failure of the network or the server
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
  ['--watch', watchPerson],
  ['--sign-in', signIn],
  ['--follow', (device: Device, name: string) => change(device, FollowDocument, name)],
  ['--unfollow', (device: Device, name: string) => change(device, UnfollowDocument, name)],
]);

function commandOf([word = '', name, ...rest]: string[]): ((device: Device) => Promise<void>) | undefined {
  if (name === undefined) {
    // No username starts with a dash.
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

async function watchPerson(device: Device, username: string): Promise<void> {
  let isCurrent: boolean;
  do {
    const { user } = await find(device, username);
    person(user).forEach(device.print);
    isCurrent = await watch(device, user.id, (change) => changes(change).forEach(device.print));
  } while (!isCurrent); // too much has happened since then: show the user again
}

async function showMore(device: Device): Promise<void> {
  const place = await load<Place>(device, placeFile);
  if (!place?.after) {
    device.print('There are no more followers. Start again with: npm start -- NAME');
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
    throw new Failure('CANCELED', 'Not signed in: the password is missing.');
  }
  await end(device); // first, because an old token is of no use for the new session
  const answer = await mutate(device, LoginDocument, { username, password });
  const { token } = present(answer.data.login, answer, 'The server returned no token.');
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
  return { ...answer, user: present(answer.data.user, answer, `There is no user ${username}.`) };
}

/** Returns a required value. If it is null, throws an error of the response, or an error with the given message. */
function present<Value>(value: Value | null | undefined, { errors }: Caveats, absent: string): Value {
  if (value === null || value === undefined) {
    throw errors[0] ?? new Failure('NOT_FOUND', absent);
  }
  return value;
}
