// Generated from schema.graphqls by `make clients-generate`: do not edit, copy it.

/** For Apollo's `InMemoryCache`: the possible types of interfaces. */
export const possibleTypes = {
  Node: ['User'],
};

/**
 * For Apollo's `InMemoryCache`: connections are extended page by page, and objects without an id are merged. Without
 * the merge, two queries for different counts of a user would replace each other's data and fetch again and again.
 *
 * @param relayStylePagination the function of `@apollo/client/utilities`
 */
export function typePolicies<Policy>(relayStylePagination: (keyArgs: string[] | false) => Policy) {
  return {
    Query: {
      fields: {
        users: relayStylePagination(['orderBy']),
        searchUsers: relayStylePagination(['query']),
      },
    },
    User: {
      fields: {
        followers: relayStylePagination(false),
        following: relayStylePagination(false),
        friends: relayStylePagination(false),
        followersInCommon: relayStylePagination(['with']),
        followingInCommon: relayStylePagination(['with']),
        followersYouKnow: relayStylePagination(false),
      },
    },
    Adjacency: { merge: true },
    FollowError: { merge: true },
    FollowerEdge: { merge: true },
    FollowersChange: { merge: true },
    FollowersGained: { merge: true },
    GraphTotals: { merge: true },
    RateLimit: { merge: true },
    RelationsChange: { merge: true },
    ShortestPath: { merge: true },
    StatsChange: { merge: true },
    TopUsers: { merge: true },
    UserFollowStats: { merge: true },
  };
}

/**
 * The types without an id, for caches that need this list, such as urql's Graphcache: `keys: { TYPE: () => null }`.
 */
export const embeddedTypes = [
  'Adjacency',
  'ChangePasswordPayload',
  'ClaimAccountPayload',
  'CreateProfilePayload',
  'DeleteAccountPayload',
  'Distance',
  'Follow',
  'FollowError',
  'FollowSuggestion',
  'FollowUserPayload',
  'FollowUserResult',
  'FollowUsersPayload',
  'FollowerChange',
  'FollowerConnection',
  'FollowerEdge',
  'FollowersChange',
  'FollowersGained',
  'FollowingConnection',
  'FollowingEdge',
  'GraphTotals',
  'LoginPayload',
  'PageInfo',
  'RateLimit',
  'RegisterPayload',
  'RelationsChange',
  'RemoveFollowerPayload',
  'SetRolePayload',
  'ShortestPath',
  'StatsChange',
  'Subscription',
  'TopUsers',
  'UnfollowUserPayload',
  'UpdateProfilePayload',
  'UserConnection',
  'UserEdge',
  'UserFollowStats',
];
