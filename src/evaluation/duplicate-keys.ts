// Finds names that stand twice in one object of a JSON list: JSON.parse keeps the last silently.

/** Names given more than once in the objects of a list, by the objects' places in it (0, 1, …); objects inside objects are not looked at. */
export type Duplicates = ReadonlyMap<number, readonly string[]>;

/** Reads JSON text that `JSON.parse` accepts and whose value is a list. One pass. */
export function findDuplicateKeys(text: string): Duplicates {
  const found = new Map<number, string[]>();
  let depth = 0;
  let place = 0;
  let seen = new Set<string>();
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '[':
      case '{':
        depth += 1;
        if (depth === 2) seen = new Set();
        break;
      case ']':
      case '}':
        depth -= 1;
        break;
      case ',':
        if (depth === 1) place += 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (depth === 2 && isKey(text, end)) {
          const key = JSON.parse(text.slice(at, end + 1)) as string;
          if (seen.has(key)) found.set(place, [...(found.get(place) ?? []), key]);
          seen.add(key);
        }
        at = end;
        break;
      }
      default:
    }
  }
  return found;
}

/** The place of the quote that ends the string beginning at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Whether a colon follows: in an object only its names have one. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
}
