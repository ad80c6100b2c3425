import { z } from 'zod';

/** An option that is a positive number. */
export const positive = (what: string) => {
  const error = ({ input }: { input?: unknown }) => `${what} has to be a positive number, but got ${String(input)}`;
  return z.number({ error }).positive({ error });
};

/** A step size gamma, in length^2 per nat. */
export const stepSize = positive('a step size');
