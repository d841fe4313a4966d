// The rules a hub stand-in goes by at the moment, and its log.
import type { IncomingMessage } from 'node:http';
import type { Entry, Part, Rule } from './rule';

/** What a request is about. */
export interface Subject {
  readonly part: Part;
  readonly repository: string | null;
  readonly file: string | null;
}

export class Behaviour {
  #rules: { readonly rule: Rule; left: number }[] = [];
  readonly log: Entry[] = [];

  add(rule: Rule): void {
    this.#rules.push({ rule, left: rule.times ?? Infinity });
  }

  reset(): void {
    this.#rules = [];
    this.log.length = 0;
  }

  /** All rules that fit, as one; what a later one says counts. Each has been used once more then. */
  for({ part, repository, file }: Subject, method: string): Rule {
    const fitting = this.#rules.filter(
      ({ rule, left }) =>
        left > 0 &&
        (rule.at === undefined || rule.at === part) &&
        (rule.repository === undefined || rule.repository === repository) &&
        (rule.file === undefined || (file?.endsWith(rule.file) ?? false)) &&
        (rule.method === undefined || rule.method === method),
    );
    for (const entry of fitting) entry.left -= 1;
    return Object.assign({}, ...fitting.map(({ rule }) => rule)) as Rule;
  }

  write({ part, repository, file }: Subject, request: IncomingMessage): Entry {
    const { method = 'GET', url = '/', headers } = request;
    const entry: Entry = {
      part,
      method,
      repository,
      file,
      url,
      range: headers.range ?? null,
      authorized: headers.authorization !== undefined,
      referrer: headers.referer ?? null,
      cookie: headers.cookie !== undefined,
      status: 0,
      bytes: 0,
    };
    this.log.push(entry);
    return entry;
  }
}
