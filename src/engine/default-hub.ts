// The hub that a bare owner/name means; apart from model-source.ts because the page's first view names it.
export const DEFAULT_HUB = 'https://huggingface.co';
