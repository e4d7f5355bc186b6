import type { Draft } from './draft.ts';
import type { People, Person } from './people.ts';

/** Two users of the sample graph (`followgraph sample`), for a graph without users and before the server has answered. */
const SAMPLE = [
  { username: 'ada', id: 'VXNlcjoyNzUyZDdlZi1hZjRkLTQzMTUtYjVkNy05NWRiZDM1YmU3ZjI' },
  { username: 'grace', id: 'VXNlcjpiMjNjYTYxOS04ZWFjLTRlYmUtYTUwNi0zMWIxYWRkNmYyYWE' },
] as const satisfies Person[];

function example(query: string, variables: Record<string, unknown>): Draft {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

/** Returns the queries in the tabs at the first visit: the query of the README and more. They name users that exist. */
export function examplesFor({ mostFollowed, toFollow }: People): [Draft, ...Draft[]] {
  const first = mostFollowed[0] ?? SAMPLE[0];
  const second = mostFollowed[1] ?? first;
  const followed = toFollow ?? second;
  // The first character as people count them.
  const [initial = 'a'] = first.username;
  return [
    example(
      `# Followers and their followers.
# Run it. Then "Next page" sets
# $after to endCursor. Change the
# username in the variables.
query NewestFollowers($username: String!, $first: Int = 5, $after: String) {
  user(username: $username) {
    username
    followers(first: $first, after: $after) {
      totalCount
      pageInfo {
        endCursor
        hasNextPage
      }
      nodes {
        username
        stats {
          followersCount
          followingsCount
        }
        followers(first: 2) {
          nodes {
            username
          }
        }
      }
    }
  }
}
`,
      { username: first.username, first: 2 },
    ),
    example(
      `# The users with the most followers.
query MostFollowed($first: Int = 10, $after: String) {
  users(
    first: $first
    after: $after
    orderBy: { field: FOLLOWERS_COUNT, direction: DESC }
  ) {
    pageInfo {
      endCursor
      hasNextPage
    }
    nodes {
      username
      stats {
        followersCount
      }
    }
  }
}
`,
      { first: 10 },
    ),
    example(
      `# Users by their names.
query SearchUsers($query: String!, $first: Int = 10, $after: String) {
  searchUsers(query: $query, first: $first, after: $after) {
    pageInfo {
      endCursor
      hasNextPage
    }
    nodes {
      id
      username
      firstname
      lastname
      stats {
        followersCount
      }
    }
  }
}
`,
      { query: initial },
    ),
    example(
      `# Friends follow each other.
# $with is the id of any other user.
query FriendsAndInCommon($username: String!, $with: ID!) {
  user(username: $username) {
    friends(first: 5) {
      nodes {
        id
        username
      }
    }
    followersInCommon(with: $with, first: 5) {
      nodes {
        username
      }
    }
    followingInCommon(with: $with, first: 5) {
      nodes {
        username
      }
    }
  }
}
`,
      { username: first.username, with: second.id },
    ),
    example(
      `# A shortest path of follows
# between two users.
query HowConnected($from: ID!, $to: ID!) {
  shortestPath(fromId: $from, toId: $to) {
    status
    length
    users {
      username
    }
  }
}
`,
      { from: second.id, to: first.id },
    ),
    example(
      `# Suggestions for you.
# Sign in first, at the top right.
query Suggestions {
  viewer {
    username
    email
    suggestions {
      user {
        id
        username
      }
      followedByCount
    }
  }
}
`,
      {},
    ),
    example(
      `# Both counts change at once.
# Sign in first, at the top right.
mutation Follow($input: FollowUserInput!) {
  followUser(input: $input) {
    changed
    user {
      username
      stats {
        followersCount
      }
    }
    viewer {
      username
      stats {
        followingsCount
      }
    }
  }
}
`,
      { input: { userId: followed.id } },
    ),
    example(
      `# An event for each change. Run it,
# then the tab "Follow" in another
# window. Stop it with the button.
subscription FollowersLive($userId: ID!) {
  followersChanged(userId: $userId) {
    user {
      username
      stats {
        followersCount
      }
    }
    changes {
      kind
      edge {
        node {
          username
        }
      }
    }
  }
}
`,
      { userId: followed.id },
    ),
  ];
}
