// A link to a model's page on its hub, where its licence can be read and accepted. Followed only when pressed.
import type { ModelSource } from '../../src/engine/model-source';

export function HubLink({ source }: { readonly source: Extract<ModelSource, { kind: 'hub' }> }) {
  const address = `${source.host}/${source.id}`;
  return (
    <a href={address} target="_blank" rel="noreferrer">
      {address.replace(/^https:\/\//, '')}
    </a>
  );
}
