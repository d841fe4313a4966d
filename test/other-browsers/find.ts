// How tests name a control, and the function that finds it in the page.

/** A control by its element and its name: `aria-label`, or else its text. */
export interface ByName {
  readonly element: 'button' | 'input';
  readonly name: string;
}

/** Runs in the page. */
export function find({ element, name }: ByName): HTMLElement | null {
  const named = (one: HTMLElement): string => (one.getAttribute('aria-label') ?? one.textContent).trim();
  return [...document.querySelectorAll<HTMLElement>(element)].find((one) => named(one) === name) ?? null;
}

export function noControl({ element, name }: ByName): Error {
  return new Error(`The page has no ${element} named “${name}”.`);
}
