import {
  FollowersDocument,
  FollowersYouKnowDocument,
  FollowingDocument,
  FriendsDocument,
} from './__generated__/graphql.ts';
import { count, digits } from './format.ts';
import { list, type List } from './pages.tsx';
import type { View } from './route.ts';

/** The lists of a user's page. */
export const LISTS: Record<Exclude<View, 'drawing'>, List> = {
  followers: list(FollowersDocument, ({ user }) => user?.followers, (name) => `${name} has no followers yet.`),
  following: list(FollowingDocument, ({ user }) => user?.following, (name) => `${name} does not follow anyone yet.`),
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
