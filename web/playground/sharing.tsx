import { ToolbarButton, pick, useGraphiQL } from '@graphiql/react';
import { OperationTypeNode } from 'graphql';
import { parse, type ParseError } from 'jsonc-parser';

import { copy } from './clipboard';
import { curl } from './curl';
import { MAX_LINK, linkTo, withoutSecrets, type Draft } from './draft';
import { ENDPOINT } from './endpoint';
import { operationsOf } from './fetcher';
import { Icon } from './icon';
import { notify } from './notice';
import { useSession } from './session';

/** Toolbar buttons that copy a link to the operation, and a command that runs it. */
export function Sharing() {
  const { session } = useSession();
  const { queryEditor, variableEditor, headerEditor, operationName } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'operationName'),
  );

  function current(): { draft: Draft; isSubscription: boolean; isRedacted: boolean } {
    const written = { query: queryEditor?.getValue() ?? '', variables: variableEditor?.getValue() ?? '' };
    const operations = operationsOf(written.query);
    const isAmbiguous = operations.length > 1;
    const chosen = isAmbiguous ? operations.find(({ name }) => name?.value === operationName) : operations[0];
    const draft = withoutSecrets({ ...written, ...(isAmbiguous && operationName && { operationName }) });
    return {
      draft,
      isSubscription: chosen?.operation === OperationTypeNode.SUBSCRIPTION,
      isRedacted: draft.query !== written.query || draft.variables !== written.variables,
    };
  }

  async function copyLink() {
    const { draft, isRedacted } = current();
    const link = linkTo(draft);
    if (link.length > MAX_LINK) {
      notify(`The link would have ${link.length} characters, and the limit is ${MAX_LINK}: shorten the query.`);
      return;
    }
    notify((await copy(link)) ? `Link copied.${without(isRedacted)}` : 'The browser did not allow to copy the link.');
  }

  async function copyCommand() {
    const { draft, isRedacted, isSubscription } = current();
    const variables = objectIn(draft.variables);
    const headers = objectIn(headerEditor?.getValue() ?? '');
    if (!variables || !headers) {
      notify(`The ${variables ? 'headers' : 'variables'} are not a JSON object: correct them first.`);
      return;
    }
    const operation = {
      query: draft.query,
      ...(Object.keys(variables).length > 0 && { variables }),
      ...(draft.operationName && { operationName: draft.operationName }),
    };
    const command = curl(`${location.origin}${ENDPOINT}`, operation, {
      headers,
      signedIn: session !== undefined,
      streams: isSubscription,
    });
    const token = command.includes('$TOKEN') ? ' Set the shell variable TOKEN to your token.' : '';
    notify(
      (await copy(command))
        ? `Command copied.${token}${without(isRedacted)}`
        : 'The browser did not allow to copy the command.',
    );
  }

  return (
    <>
      <ToolbarButton label="Copy link to this query" onClick={() => void copyLink()}>
        <Icon path="M7 9a3 3 0 0 0 4.2 0l2-2A3 3 0 0 0 9 2.8L8 3.8M9 7a3 3 0 0 0-4.2 0l-2 2A3 3 0 0 0 7 13.2l1-1" />
      </ToolbarButton>
      <ToolbarButton label="Copy as curl command" onClick={() => void copyCommand()}>
        <Icon path="M2 3h12v10H2zM4.5 6l2 2-2 2M8 10.5h3.5" />
      </ToolbarButton>
    </>
  );
}

function without(isRedacted: boolean): string {
  return isRedacted ? ' Passwords and tokens are left out.' : '';
}

/** Returns the object of a JSON text that can have comments. Empty if there is no text, undefined if it is invalid. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true }) ?? {};
  if (errors.length > 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}
