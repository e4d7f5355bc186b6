import { applyEdits, format } from 'jsonc-parser';

/**
 * A plugin of Prettier that formats JSON with comments. GraphiQL formats variables and headers with Prettier's parser
 * and printer for JavaScript, which are 25 times as large.
 */
export const parsers = {
  jsonc: {
    astFormat: 'json-text',
    parse: (text: string) => ({ text }),
    locStart: () => 0,
    locEnd: ({ text }: Text) => text.length,
  },
};

export const printers = {
  'json-text': {
    print({ node: { text } }: { node: Text }): string {
      return applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2 }));
    },
  },
};

interface Text {
  text: string;
}
