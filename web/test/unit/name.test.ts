import { expect, test } from '@playwright/test';

import { initialsOf, inSentence, nameOf, shortNameOf } from '../../explorer/name.ts';

const named = (firstname: string | null, lastname: string | null) => ({ username: 'ada', firstname, lastname });

test('a name is what people can see of it', () => {
  expect(nameOf(named('Ada', null))).toBe('Ada');
  expect(nameOf(named(' Ada ', 'Byron'))).toBe('Ada Byron');
  expect(nameOf(named('\u200c', 'Byron'))).toBe('Byron');
  for (const nothing of [null, '', '  ', '\u00a0\u200b', '\u202e\u2066', '\u3164\u2800']) {
    expect(nameOf(named(nothing, nothing))).toBe('ada');
    expect(initialsOf(named(nothing, nothing))).toBe('A');
  }
  expect(nameOf(named('علی\u200cرضا', null))).toBe('علی\u200cرضا'); // a part of how it is written
});

test('a name does not turn the direction of the text around it', () => {
  expect(nameOf(named('\u202eAda', '\u2067Byron\u2069'))).toBe('Ada Byron');
  expect(inSentence(named('\u2069\u202eAda', null))).toBe('\u2068Ada\u2069');
  expect(inSentence(named('ليلى', null))).toBe('\u2068ليلى\u2069');
});

test('initials are whole letters', () => {
  expect(initialsOf(named('émile', 'zola'))).toBe('ÉZ');
  expect(initialsOf(named('👩‍👩‍👧 family', null))).toBe('👩‍👩‍👧');
  expect(initialsOf(named('\u202eada', 'byron'))).toBe('AB');
});

test('a long name is cut between letters', () => {
  expect(shortNameOf(named('x'.repeat(60), null))).toBe('x'.repeat(60));
  expect(shortNameOf(named('👩‍👩‍👧'.repeat(70), null))).toBe(`${'👩‍👩‍👧'.repeat(60)}…`);
});
