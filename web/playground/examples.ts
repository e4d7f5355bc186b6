/** The user with the most followers in the sample graph (`followgraph sample`). */
const USERNAME = 'ada';

/** The global id of another user of the sample graph, with followers in common with USERNAME. */
const OTHER_USER_ID = 'VXNlcjpiMjNjYTYxOS04ZWFjLTRlYmUtYTUwNi0zMWIxYWRkNmYyYWE';

/** The global id of the first suggestion for USERNAME, who does not follow this user. */
const SUGGESTED_USER_ID = 'VXNlcjpmYjgxZTk2Ni0wZDI0LTRiMjQtYWNiOC04NTAzNDVlYzBiNTY';

/** A query for a tab of GraphiQL. */
interface Example {
  query: string;
  variables: string;
}

function example(query: string, variables: Record<string, unknown>): Example {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

/** The queries in the tabs at the first visit: the query of the README and more. */
export const EXAMPLES: [Example, ...Example[]] = [
  example(
    `# Followers and their followers.
# Run it. Then "Next page" sets
# $after to endCursor. For your
# own graph, change the username
# in the variables.
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
    { username: USERNAME, first: 2 },
  ),
  example(
    `# Users by the start of a name.
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
    { query: 'a' },
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
    { username: USERNAME, with: OTHER_USER_ID },
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
    { input: { userId: SUGGESTED_USER_ID } },
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
    { userId: SUGGESTED_USER_ID },
  ),
];
