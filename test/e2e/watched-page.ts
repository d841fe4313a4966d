// The page as every journey opens it: watched for what must never happen on it.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';

/** What went wrong on a page, as sentences. */
export interface Watch {
  /** Adds a problem the journey itself provokes and expects; matching problems are not held against it. */
  expectProblem(pattern: RegExp): void;
}

/**
 * `test` with an automatic watch: no error thrown in the page, no error in its console, no violation of its security policy, and no request
 * that leaves the address it came from.
 */
export const test = base.extend<{ watch: Watch }>({
  watch: [
    async ({ page, baseURL }, use) => {
      const problems: string[] = [];
      const expected: RegExp[] = [];
      const origin = new URL(baseURL ?? '').origin;
      page.on('pageerror', (error) => problems.push(`thrown: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(`console: ${message.text()} ${message.location().url}`);
      });
      page.context().on('request', (request) => {
        const url = new URL(request.url());
        if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin) problems.push(`left the origin: ${request.url()}`);
      });
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          reportError(new Error(`security policy: ${event.violatedDirective} ${event.blockedURI}`));
        });
      });
      await use({ expectProblem: (pattern) => void expected.push(pattern) });
      const unexpected = problems.filter((problem) => !expected.some((pattern) => pattern.test(problem)));
      expect(unexpected, 'what must never happen on the page').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';

/** Fails when axe finds a violation of WCAG 2.2 A or AA, or of its best practices, in what the page shows now, or in the part named by `selector`. */
export async function expectAccessible(page: Page, selector = 'html'): Promise<void> {
  // A part of the page may be fetched when it is first opened; axe itself does not wait.
  await expect(page.locator(selector).first()).toBeVisible();
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await new AxeBuilder({ page }).include(selector).withTags(tags).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
  expect(found).toEqual([]);
}
