import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** A known finding that cannot be fixed here. */
export interface Exception {
  /** The id of the rule in axe. */
  rule: string;
  /** The elements that can break the rule, with their descendants. Keep it narrow. */
  within: string;
}

/** Scans a page with axe. Fails for serious and critical findings. */
export async function expectAccessible(page: Page, exceptions: Exception[] = []): Promise<void> {
  // The pages have no frames of other origins. Without legacy mode, axe opens one more page for each scan. Of the rules
  // that hold, it would describe every element.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).analyze();
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
