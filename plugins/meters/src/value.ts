import { defineMeter, type Meter } from '@wasserflow/core';

/** G(mu) in nats, as the space computes it: exactly or by an estimate, with or without G's constants. */
export const value = (): Meter => ({
  id: 'value',
  requires: () => [{ operation: 'value' }],
  measure: ({ problem: { space, functional }, measure }) => space.value(functional, measure),
});

export const valueDefinition = defineMeter({
  id: 'value',
  title: 'Value of the functional, in nats',
  create: value,
});
