import { test } from './explorer.ts';
import { expect } from './fixture.ts';
import { PASSWORD } from './sample.ts';
import { phone } from './window.ts';

test('changes the own profile', async ({ explorer, page, startServer, expectAccessible, keepPicture }) => {
  const own = await startServer();
  await explorer.open('ada', { origin: own.origin });
  await explorer.signIn('ada');
  await page.getByRole('link', { name: 'Edit profile' }).click();
  await expect(page.getByRole('heading', { name: 'Your account' })).toBeFocused();
  const profile = page.getByRole('region', { name: 'Profile' });
  const [username, phoneNumber, email] = [
    profile.getByLabel('Username'),
    profile.getByLabel('Phone number'),
    profile.getByLabel('Email address'),
  ];
  await expect(username).toHaveValue('ada');
  await expectAccessible();
  await keepPicture();

  await username.fill('rhys2192');
  await email.fill('ada');
  await profile.getByRole('button', { name: 'Save' }).click();
  await expect(email).toHaveAccessibleDescription(/^Email address must have the form name@domain/);
  await expect(email).toBeFocused();
  await email.fill('ada.new@example.org');
  await page.keyboard.press('Enter');
  await expect(username).toHaveAccessibleDescription(/^Another account already has this username/);
  await expect(profile.locator('[aria-invalid]')).toHaveCount(1);

  // Only changed fields are sent, and the stored values are shown.
  await username.fill('countess');
  await phoneNumber.fill('+41 44 668 18 00');
  await profile.getByLabel('Last name').fill('');
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.postData()!.includes('countess'));
  await page.keyboard.press('Enter');
  const { input } = (await sent).postDataJSON().variables;
  expect(Object.keys(input).sort()).toEqual(['email', 'lastname', 'phoneNumber', 'userId', 'username']);
  expect(input.lastname).toBeNull();
  await expect(page.getByText('Your profile has been saved.')).toBeVisible();
  await expect(phoneNumber).toHaveValue('+41446681800');
  await page.getByRole('banner').getByRole('link', { name: '@countess' }).click();
  await expect(explorer.profile).toContainText('@countess');
  await expect(explorer.name).toHaveText('Ada');
  await page.goBack();
  await page.reload();
  await expect(email).toHaveValue('ada.new@example.org');
  await page.getByRole('region', { name: 'This session' }).getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('Sign in to see and change your account.')).toBeVisible();
  await expect(page.getByText('example.org')).toHaveCount(0);
  await expectAccessible();
});

test('changes the password and deletes the account', async ({ explorer, page, startServer }) => {
  const own = await startServer();
  await page.goto(`${own.origin}/account`);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await explorer.fillIn('rhys2192');
  const password = page.getByRole('region', { name: 'Password' });
  await password.getByLabel('Current password').fill('wrong horse battery');
  await password.getByLabel('New password').fill('another horse battery');
  await page.keyboard.press('Enter');
  await expect(password.getByLabel('Current password')).toHaveAccessibleDescription('Current password is wrong.');
  await password.getByLabel('Current password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
  await expect(password.getByLabel('New password')).toHaveValue('');
  expect(await own.signIn('rhys2192', 'another horse battery')).toBeTruthy();
  await page.reload(); // with the new token
  await explorer.expectSignedIn('rhys2192');

  const deletion = page.getByRole('region', { name: 'Delete account' });
  const confirmation = deletion.getByLabel('Your username, to confirm');
  await confirmation.fill('rhys');
  await page.keyboard.press('Enter');
  await expect(confirmation).toHaveAccessibleDescription('Type rhys2192 to delete this account.');
  await confirmation.fill('@rhys2192');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/^The account .@rhys2192. has been deleted\.$/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await explorer.open('ada', { origin: own.origin });
  await expect(explorer.people.first()).toContainText('@yeva_kravets');
});

test.describe('on a phone', () => {
  test.use({ ...phone, viewport: { width: 320, height: 640 }, colorScheme: 'dark' });

  test('shows the own account', async ({ explorer, page, keepPicture, expectAccessible }) => {
    await page.goto('/account');
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await explorer.fillIn('ada');
    await expect(page.getByRole('region', { name: 'Delete account' })).toBeVisible();
    expect(await explorer.overflows()).toBe(false);
    await expectAccessible();
    await keepPicture();
  });
});
