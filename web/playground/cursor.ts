import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';

/** A connection of a query that takes its cursor from a variable. */
interface PagedField {
  /** The path of response keys to the connection. */
  path: string[];
  /** The variable of its `after` argument. */
  variable: string;
}

/** The position of a query with pages. */
export interface Position {
  /** The variable with the cursor. */
  variable: string;
  /** The cursor for the next page. Missing on the last page and without a result. */
  next?: string;
}

/**
 * Returns the first connection of an operation whose `after` argument is a variable, and its next cursor in the result.
 * Returns undefined if the operation has no such connection.
 *
 * @param operationName the operation of the document; the first one if missing
 * @param result the response text, which can be empty or invalid JSON
 */
export function position(
  document: DocumentNode,
  operationName: string | undefined,
  result: string,
): Position | undefined {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === 'OperationDefinition' && (!operationName || definition.name?.value === operationName),
  );
  const field = operation && pagedField(operation.selectionSet, fragmentsOf(document), []);
  if (!field) return undefined;

  const connection = field.path.reduce(child, child(parse(result), 'data'));
  const pageInfo = child(connection, 'pageInfo');
  const endCursor = child(pageInfo, 'endCursor');
  if (typeof endCursor !== 'string' || child(pageInfo, 'hasNextPage') === false) return { variable: field.variable };
  return { variable: field.variable, next: endCursor };
}

type Fragments = Map<string, FragmentDefinitionNode>;

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments: Fragments = new Map();
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition);
  }
  return fragments;
}

function pagedField(selectionSet: SelectionSetNode, fragments: Fragments, path: string[]): PagedField | undefined {
  for (const selection of selectionSet.selections) {
    let found: PagedField | undefined;
    if (selection.kind === 'Field') {
      const here = [...path, selection.alias?.value ?? selection.name.value];
      const variable = afterVariable(selection);
      if (variable) return { path: here, variable };
      found = selection.selectionSet && pagedField(selection.selectionSet, fragments, here);
    } else if (selection.kind === 'InlineFragment') {
      found = pagedField(selection.selectionSet, fragments, path);
    } else {
      const fragment = fragments.get(selection.name.value);
      // Without the fragment itself: a recursive fragment is an error, but the editor can contain one.
      const others = new Map(fragments);
      others.delete(selection.name.value);
      found = fragment && pagedField(fragment.selectionSet, others, path);
    }
    if (found) return found;
  }
  return undefined;
}

function afterVariable(field: FieldNode): string | undefined {
  const value = field.arguments?.find((argument) => argument.name.value === 'after')?.value;
  return value?.kind === 'Variable' ? value.name.value : undefined;
}

function parse(result: string): unknown {
  try {
    return JSON.parse(result);
  } catch {
    return undefined;
  }
}

/** Returns the value of a key. For a list, returns the value of the key in its first element. */
function child(value: unknown, key: string): unknown {
  const object: unknown = Array.isArray(value) ? value[0] : value;
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
}
