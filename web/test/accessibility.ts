import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** A finding that is known and cannot be mended here. */
export interface Exception {
  /** axe's name of the rule. */
  rule: string;
  /** The elements that may break it, and what is in them: as narrow as can be. */
  within: string;
}

/** Scans a page with axe, and fails for findings that are serious or critical. */
export async function expectAccessible(page: Page, exceptions: Exception[] = []): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const findings: string[] = [];
  for (const { id, impact, help, nodes } of violations) {
    if (impact !== 'serious' && impact !== 'critical') continue;
    const places = exceptions.filter(({ rule }) => rule === id).map(({ within }) => within);
    for (const { target, failureSummary } of nodes) {
      const selector = target.flat().join(' ');
      if (places.length > 0 && (await isWithin(page, selector, places.join(', ')))) continue;
      findings.push(`${impact}: ${help} (${id})\n  ${selector}\n  ${failureSummary?.replaceAll('\n', '\n  ')}`);
    }
  }
  expect.soft(findings.join('\n'), 'accessibility').toBe('');
}

function isWithin(page: Page, selector: string, places: string): Promise<boolean> {
  return page.evaluate(
    ([inner, outer]) => Boolean(document.querySelector(inner!)?.closest(outer!)),
    [selector, places],
  );
}
