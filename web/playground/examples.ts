/** A user whom the generated sample (`followgraph sample`) always has: its most followed one. */
const USERNAME = 'ada';

/** The global id of another user of the sample, one with followers in common with USERNAME. */
const OTHER_USER_ID = 'VXNlcjpiMjNjYTYxOS04ZWFjLTRlYmUtYTUwNi0zMWIxYWRkNmYyYWE';

/** A query as GraphiQL's tabs take it. */
interface Example {
  query: string;
  variables: string;
}

function example(query: string, variables: Record<string, unknown>): Example {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

/** The queries that the tabs of a first visit hold. The README shows them too. */
export const EXAMPLES: [Example, ...Example[]] = [
  example(
    `# Newest followers, and theirs. Run
# it; the button "Next page" then
# puts endCursor into $after.
query NewestFollowers($username: String!, $first: Int = 5, $after: String) {
  user(username: $username) {
    username
    stats {
      followersCount
      followingsCount
    }
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
        }
        followers(first: 3) {
          nodes {
            username
          }
        }
      }
    }
  }
}
`,
    { username: USERNAME, first: 5 },
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
    { query: USERNAME.slice(0, 2) },
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
];
