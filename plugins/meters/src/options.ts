import { z } from 'zod';

const number = (expected: string) => ({
  error: ({ input }: { input?: unknown }) => `expected ${expected}, but got ${JSON.stringify(input)}`,
});

/** A whole number of at least `least`. */
export const wholeNumber = (least: number) => {
  const message = number(`a whole number of at least ${least}`);
  return z.int(message).min(least, message);
};

/** A number above zero. */
export const positiveNumber = () => z.number(number('a number above 0')).positive(number('a number above 0'));
