/** An operation in the editors, as text. */
export interface Draft {
  query: string;
  /** JSON, also with comments. */
  variables: string;
  /** Chooses one of several operations of the query. */
  operationName?: string;
}

/** The maximum length of a link, in characters: many proxies and chats cut longer addresses. */
export const MAX_LINK = 8_000;

/**
 * Returns the operation of a link to the playground: `?query=…&variables=…&operationName=…`. Undefined if the address
 * is no such link. Nothing runs until the user runs it.
 */
export function linked(search: string): Draft | undefined {
  const parameters = new URLSearchParams(search);
  const query = parameters.get('query');
  if (!query) return undefined;
  const operationName = parameters.get('operationName');
  return { query, variables: indented(parameters.get('variables') ?? ''), ...(operationName && { operationName }) };
}

/** Returns the link to a draft. */
export function linkTo({ query, variables, operationName }: Draft): string {
  const parameters = new URLSearchParams({ query });
  if (variables.trim() !== '') parameters.set('variables', compact(variables));
  if (operationName) parameters.set('operationName', operationName);
  return `${location.origin}/playground?${parameters}`;
}

/** The names of arguments and variables whose values must not leave the browser in a link. */
const SECRET = String.raw`\w*(?:password|secret|token)`;

/** Returns a draft in which the texts of passwords and tokens are replaced with their names. */
export function withoutSecrets(draft: Draft): Draft {
  const text = String.raw`"(?:[^"\\\n]|\\.)*"`;
  return {
    ...draft,
    query: draft.query.replaceAll(new RegExp(String.raw`\b(${SECRET})(\s*:\s*)(?:"""[^]*?"""|${text})`, 'gi'), '$1$2"<$1>"'),
    variables: draft.variables.replaceAll(new RegExp(String.raw`"(${SECRET})"(\s*:\s*)${text}`, 'gi'), '"$1"$2"<$1>"'),
  };
}

/** Returns the operation of the active tab that GraphiQL stored at the last visit, if there is one. */
export function stored(): Draft | undefined {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '') as StoredTabs;
    const { query, variables } = tabs[activeTabIndex] ?? {};
    return typeof query === 'string' ? { query, variables: variables ?? '' } : undefined;
  } catch {
    return undefined; // nothing is stored, or storage is disabled
  }
}

/** What GraphiQL stores. */
interface StoredTabs {
  tabs: { query?: string | null; variables?: string | null }[];
  activeTabIndex: number;
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json;
  }
}
