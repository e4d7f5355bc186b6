import { applyEdits, format as edits } from 'jsonc-parser';

/*
 * Replaces Prettier in GraphiQL. It formats variables and headers with Prettier's parser for JavaScript, which has 120
 * KB, and a query with a second copy of the code that the worker for GraphQL has.
 */

export const parsers = {};
export const printers = {};

interface Editor {
  getValue(): string;
  getAction(id: string): { run(): Promise<void> } | null;
  getModel(): { getLanguageId(): string } | null;
}

/** Formats JSON with comments, or the query of an editor: its worker uses Prettier. */
export async function format(text: string, { parser }: { parser: string }): Promise<string> {
  if (parser === 'jsonc') return applyEdits(text, edits(text, undefined, { insertSpaces: true, tabSize: 2 }));
  const { editor } = (globalThis as unknown as { __MONACO: { editor: { getEditors(): Editor[] } } }).__MONACO;
  const holder = editor
    .getEditors()
    .find((each) => each.getModel()?.getLanguageId() === parser && each.getValue() === text);
  await holder?.getAction('editor.action.formatDocument')?.run();
  return holder?.getValue() ?? text;
}
