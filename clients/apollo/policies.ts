/**
 * Writes the information about the schema for normalized caches to ../examples/apollo/cache.ts: `tsx
 * apollo/policies.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import {
  buildSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

const place = (path: string) => new URL(`../../${path}`, import.meta.url);
const pageArguments = new Set(['first', 'after', 'last', 'before']);

/** Returns the possible types of interfaces and unions. */
function possibleTypes(schema: GraphQLSchema): Record<string, string[]> {
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(types.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]));
}

const isConnection = (type: GraphQLObjectType) => 'pageInfo' in type.getFields();

/** Returns the connection fields of a type, with the arguments that distinguish connections. */
function connections(type: GraphQLObjectType): [string, string[]][] {
  return Object.values(type.getFields())
    .filter((field) => {
      const returned = getNamedType(field.type);
      return isObjectType(returned) && isConnection(returned);
    })
    .map((field) => [field.name, field.args.map(({ name }) => name).filter((name) => !pageArguments.has(name))]);
}

/** Returns the types without an id that are a field of another object. Their fields must be merged. */
function merged(schema: GraphQLSchema, objects: GraphQLObjectType[]): string[] {
  const isPart = ({ type }: GraphQLField<unknown, unknown>) => !/[[]/.test(String(type));
  const parts = objects
    .filter((owner) => owner !== schema.getMutationType())
    .flatMap((owner) => Object.values(owner.getFields()).filter(isPart));
  const names = new Set(parts.map((field) => getNamedType(field.type).name));
  return objects
    .filter((type) => names.has(type.name) && !('id' in type.getFields()) && !isConnection(type) && type.name !== 'PageInfo')
    .map(({ name }) => name);
}

const text = readFileSync(place('schema.graphqls'), 'utf8');
const schema = buildSchema(text);
const objects = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith('__'))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

const lines: string[] = [];
for (const type of objects) {
  const fields = connections(type);
  if (fields.length > 0) {
    lines.push(`    ${type.name}: {`, '      fields: {');
    for (const [name, keys] of fields) {
      const keyArgs = keys.length > 0 ? `[${keys.map((key) => `'${key}'`).join(', ')}]` : 'false';
      lines.push(`        ${name}: relayStylePagination(${keyArgs}),`);
    }
    lines.push('      },', '    },');
  }
}
for (const name of merged(schema, objects)) {
  lines.push(`    ${name}: { merge: true },`);
}
const withoutId = objects
  .filter((type) => !('id' in type.getFields()))
  .filter((type) => type !== schema.getQueryType() && type !== schema.getMutationType())
  .map(({ name }) => `  '${name}',`);

writeFileSync(
  place('examples/apollo/cache.ts'),
  `// Generated from schema.graphqls by \`make clients-generate\`: do not edit, copy it.

/** For Apollo's \`InMemoryCache\`: the possible types of interfaces. */
export const possibleTypes = {
${Object.entries(possibleTypes(schema))
  .map(([name, types]) => `  ${name}: [${types.map((type) => `'${type}'`).join(', ')}],`)
  .join('\n')}
};

/**
 * For Apollo's \`InMemoryCache\`: connections are extended page by page, and objects without an id are merged. Without
 * the merge, two queries for different counts of a user would replace each other's data and fetch again and again.
 *
 * @param relayStylePagination the function of \`@apollo/client/utilities\`
 */
export function typePolicies<Policy>(relayStylePagination: (keyArgs: string[] | false) => Policy) {
  return {
${lines.join('\n')}
  };
}

/**
 * The types without an id, for caches that need this list, such as urql's Graphcache: \`keys: { TYPE: () => null }\`.
 */
export const embeddedTypes = [
${withoutId.join('\n')}
];
`,
);
