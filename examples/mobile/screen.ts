import type { FollowersPageFragment, PersonFragment, WatchSubscription } from './__generated__/graphql.ts';
import type { Caveats } from './client.ts';
import { explain } from './failure.ts';

/** Returns a user as lines of text. */
export function person({ username, firstname, lastname, stats, isViewer, viewerIsFollowing }: PersonFragment): string[] {
  const name = [firstname, lastname].filter((part) => part).join(' ');
  return [
    plain(`${username}${name && `, ${name}`}${isViewer ? ' (you)' : viewerIsFollowing ? ' (you follow)' : ''}`),
    `${count(stats.followersCount)} followers, following ${count(stats.followingsCount)}`,
  ];
}

/** Returns a page of followers as lines, with numbers that continue from the previous pages. */
export function followers({ edges, pageInfo }: FollowersPageFragment, before: number): string[] {
  const lines = edges.map(({ node, followedAt }, index) => {
    const who = node ? plain(node.username) : 'a user without an account';
    return `${String(before + index + 1).padStart(4)}. ${who}, since ${followedAt.slice(0, 10)}`;
  });
  return [...lines, pageInfo.hasNextPage ? 'More: npm start -- --more' : 'End of the list.'];
}

/** Returns notes about a result that is old or incomplete. */
export function notes({ old, errors }: Caveats, now: number): string[] {
  const age = old && `${explain(old.failure)} This response is from ${ago(now - old.confirmed)}.`;
  return [...(age ? [age] : []), ...errors.map((error) => `Something is missing: ${explain(error)}`)];
}

/** Returns changes of a user's followers as lines. */
export function changes({ user, changes }: WatchSubscription['followersChanged']): string[] {
  const lines = changes.map(({ kind, edge }) => {
    const who = edge.node ? plain(edge.node.username) : 'a user without an account';
    return kind === 'GAINED' ? `+ ${who} follows` : `- ${who} follows no longer`;
  });
  return [...lines, user ? `${count(user.stats.followersCount)} followers` : 'The account was deleted.'];
}

function ago(milliseconds: number): string {
  const units = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000]] as const;
  const [unit, length] = units.find(([, each]) => milliseconds >= each) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat('en').format(-Math.floor(Math.max(0, milliseconds) / length), unit);
}

function count(number: number): string {
  return number.toLocaleString('en');
}

/** Removes control characters from a text of other users, because a terminal could execute them. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}
