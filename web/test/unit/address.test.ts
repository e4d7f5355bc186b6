import { expect, test } from '@playwright/test';

import { comparisonOf, connectionOf, pathOf, resultsOf, routeOf } from '../../explorer/address.ts';

test('finds the page of an address', () => {
  expect(routeOf('/')).toEqual({ page: 'home' });
  expect(routeOf('/users/ada')).toEqual({ page: 'user', username: 'ada', view: undefined });
  expect(routeOf('/users/ada/')).toEqual({ page: 'user', username: 'ada', view: undefined });
  expect(routeOf('/users/a%2Fb/following')).toEqual({ page: 'user', username: 'a/b', view: 'following' });
  expect(routeOf('/paths/ada')).toEqual({ page: 'path', from: 'ada', to: undefined });
  expect(routeOf('/paths/ada/rhys')).toEqual({ page: 'path', from: 'ada', to: 'rhys' });
  expect(routeOf('/search', '?q=a%20b%26c')).toEqual({ page: 'search', query: 'a b&c' });
  expect(routeOf('/search')).toEqual({ page: 'search', query: '' });
  for (const path of ['/users', '/users/', '/users/ada/enemies', '/users/ada/following/x', '/users/%', '/paths', '/paths/', '/paths/a/%', '/paths/a/b/c', '/search/x']) {
    expect(routeOf(path), path).toEqual({ page: 'nowhere' });
  }
});

test('every address leads back to its page', () => {
  for (const name of ['ada', 'a/b', '%', 'a b', 'ليلى', '?&#']) {
    expect(routeOf(pathOf(name, 'friends'))).toEqual({ page: 'user', username: name, view: 'friends' });
    expect(routeOf(connectionOf(name, name))).toEqual({ page: 'path', from: name, to: name });
    const address = new URL(resultsOf(name), 'http://localhost');
    expect(routeOf(address.pathname, address.search)).toEqual({ page: 'search', query: name });
  }
});

test('finds the page of a comparison', () => {
  expect(routeOf('/account')).toEqual({ page: 'account' });
  const pair = { page: 'compare', one: 'ada', other: 'a/b' };
  expect(routeOf('/compare/ada')).toEqual({ page: 'compare', one: 'ada', other: undefined, view: 'followers' });
  expect(routeOf(comparisonOf('ada', 'a/b'))).toEqual({ ...pair, view: 'followers' });
  expect(routeOf(comparisonOf('ada', 'a/b', 'following'))).toEqual({ ...pair, view: 'following' });
  for (const path of ['/account/x', '/compare', '/compare/', '/compare/a/%', '/compare/a/b/c', '/compare/a/b/following/x', '/compare/a//following']) {
    expect(routeOf(path), path).toEqual({ page: 'nowhere' });
  }
});
