/** A user whom the generated sample (`followgraph sample`) always has: its most followed one. */
const USERNAME = 'ada';

/** The global id of another user of the sample, one with followers in common with USERNAME. */
const OTHER_USER_ID = 'VXNlcjpiMjNjYTYxOS04ZWFjLTRlYmUtYTUwNi0zMWIxYWRkNmYyYWE';

/** The global id of a third one, whom USERNAME does not follow: the first of the suggestions for her. */
const SUGGESTED_USER_ID = 'VXNlcjpmYjgxZTk2Ni0wZDI0LTRiMjQtYWNiOC04NTAzNDVlYzBiNTY';

/** A query as GraphiQL's tabs take it. */
interface Example {
  query: string;
  variables: string;
}

function example(query: string, variables: Record<string, unknown>): Example {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

/** The queries that the tabs of a first visit hold: those of the README, and some more. */
export const EXAMPLES: [Example, ...Example[]] = [
  example(
    `# Newest followers, and theirs. Run
# it; the button "Next page" then
# puts endCursor into $after. In a
# graph of your own, write another
# name into the variables.
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
    `# Users one of whose names starts so.
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
    `# Whom you might follow.
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
];
