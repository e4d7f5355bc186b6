import { expect, test } from '@playwright/test';

import { rangeOf } from '../../explorer/range.ts';

const range = { startIndex: 500, endIndex: 510, overscan: 5, count: 1000 };

test('renders a short list as a whole, so that the browser finds all people', () => {
  const { rows } = rangeOf({ ...range, startIndex: 3, endIndex: 9, count: 200 }, undefined);
  expect(rows).toEqual(Array.from({ length: 200 }, (_, row) => row));
});

test('renders the rows near the window, and the one with the focus', () => {
  const near = Array.from({ length: 21 }, (_, row) => 495 + row);
  expect(rangeOf(range, undefined)).toEqual({ rows: near, apart: undefined });
  expect(rangeOf(range, 502)).toEqual({ rows: near, apart: undefined });
  expect(rangeOf(range, 3)).toEqual({ rows: [3, ...near], apart: 3 });
  expect(rangeOf(range, 900)).toEqual({ rows: [...near, 900], apart: 900 });
  expect(rangeOf(range, 1000)).toEqual({ rows: near, apart: undefined });
});
