import { ensure, type Distribution, type Functional } from '@wasserflow/core';

/** The minimiser of G. @throws WasserflowError E_UNSUPPORTED where G does not know it. */
export function targetOf({ id, target }: Functional, meter: string): Distribution {
  ensure(
    target,
    'E_UNSUPPORTED',
    `meter \`${meter}\` compares with a target, but functional \`${id}\` has none; use a functional with a target, such as \`kl\`, or leave the meter out`,
  );
  return target;
}
