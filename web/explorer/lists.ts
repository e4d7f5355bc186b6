import {
  FollowersDocument,
  FollowersYouKnowDocument,
  FollowingDocument,
  FriendsDocument,
  TopFollowersDocument,
  TopFollowingDocument,
  type TopFollowersQuery,
  type TopFollowingQuery,
} from './__generated__/graphql.ts';
import { count, digits } from './format.ts';
import { list, type Connection, type List } from './pages.tsx';
import type { View } from './route.ts';

/** The largest number of people that the lists of the most followed contain. */
export const TOP = 100;

const noFollowers = (name: string) => `${name} has no followers yet.`;
const noFollowing = (name: string) => `${name} does not follow anyone yet.`;

/** The lists of a user's page. */
export const LISTS: Record<Exclude<View, 'drawing'>, List> = {
  followers: list(FollowersDocument, ({ user }) => user?.followers, noFollowers),
  'top-followers': list(TopFollowersDocument, ({ user }) => topOf(user?.topFollowers), noFollowers, undefined, TOP),
  following: list(FollowingDocument, ({ user }) => user?.following, noFollowing),
  'top-following': list(TopFollowingDocument, ({ user }) => topOf(user?.topFollowing), noFollowing, undefined, TOP),
  friends: list(
    FriendsDocument,
    ({ user }) => user?.friends,
    (name) => `${name} has no mutual follows yet.`,
    (people) => `${digits(people)} mutual`,
  ),
  known: list(
    FollowersYouKnowDocument,
    ({ user }) => user?.followersYouKnow,
    (name) => `You do not follow any followers of ${name}.`,
    (people) => `${count(people, 'follower')} you know`,
  ),
};

type Top =
  | NonNullable<TopFollowersQuery['user']>['topFollowers']
  | NonNullable<TopFollowingQuery['user']>['topFollowing'];

/** Returns the most followed people as the only page of a list. */
function topOf(top: Top | undefined): Connection | undefined {
  return (
    top && {
      edges: top.nodes.map((node) => ({ cursor: node.id, node })),
      pageInfo: { hasNextPage: false, endCursor: null },
      isComplete: top.complete,
    }
  );
}
