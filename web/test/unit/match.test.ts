import { expect, test } from '@playwright/test';

import { bare, isExactly } from '../../explorer/match.ts';

const ada = { username: 'ada.l', firstname: 'Áda', lastname: 'Lovelace' };

test('takes whole names in either order, without case and accents', () => {
  for (const text of ['ada lovelace', 'LOVELACE  áda', 'Ada.L', 'Áda Lovelace', 'A\u0301da Lovelace']) {
    expect(isExactly(ada, text), text).toBe(true);
  }
  for (const text of ['ada', 'lovelace', 'ada l', 'ada lovelace king', 'adal', '']) {
    expect(isExactly(ada, text), text).toBe(false);
  }
});

test('does not take an empty name for an exact match', () => {
  expect(isExactly({ username: 'x', firstname: null, lastname: null }, ' ')).toBe(false);
  expect(isExactly({ username: 'x', firstname: 'Solo', lastname: null }, 'solo')).toBe(true);
});

test('removes what is copied with a name', () => {
  expect(bare(' @ada ')).toBe('ada');
  expect(bare('\u2068@ada\u2069')).toBe('ada');
  expect(bare('ليلى\u200f')).toBe('ليلى');
});
