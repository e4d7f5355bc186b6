/** What the fields of an account accept, in short. The server's errors have all details. */
export const USERNAME_HINT = 'Letters, digits, dots, hyphens and underscores.';
export const PHONE_HINT = 'With + and the country code. Other users do not see it.';
export const PASSWORD_HINT = 'At least 8 characters.';
