import type { Session } from '../session/session.ts';
import { post } from './endpoint.ts';
import documents from './persisted-documents.json';

/** A user that the ready queries name. */
export interface Person {
  id: string;
  username: string;
}

/** The users of this graph for the ready queries. */
export interface People {
  /** The most followed users, in this order. Empty if the graph is empty or the caller may not read it. */
  mostFollowed: readonly Person[];
  /** A user to follow: the first suggestion for the caller. */
  toFollow?: Person | undefined;
  /** Whether the graph has no users, as far as the caller may know. */
  isEmpty: boolean;
}

/** No users: before the server has answered. */
export const NO_PEOPLE: People = { mostFollowed: [], isEmpty: false };

// Identified by its id, as the sign-in.
const [, PEOPLE] = Object.keys(documents);

/** Returns the users of this graph for the ready queries. Without an answer it returns none. */
export async function peopleFor(session: Session | undefined): Promise<People> {
  const { answer } = await post(
    { documentId: PEOPLE },
    session ? { Authorization: `Bearer ${session.token}` } : {},
  );
  const data = answer.data as Data | null | undefined;
  if (!data?.users) return NO_PEOPLE;
  const mostFollowed = data.users.nodes;
  const toFollow = data.viewer?.suggestions[0]?.user ?? mostFollowed.find(({ id }) => id !== data.viewer?.id);
  return { mostFollowed, toFollow, isEmpty: mostFollowed.length === 0 };
}

/** The data of the document. */
interface Data {
  users: { nodes: Person[] } | null;
  viewer: { id: string; suggestions: { user: Person }[] } | null;
}
