import { createEventBus } from '@wasserflow/core';
import { expect, it } from 'vitest';

const fail = (): void => {
  throw new Error('broken');
};
const warning = (code: string) => ({ code, message: 'm' });

it('tells listeners in the order in which they came, until they leave', () => {
  const bus = createEventBus();
  const heard: string[] = [];
  const leave = bus.on('warning', ({ code }) => heard.push(`a${code}`));
  bus.on('warning', ({ code }) => heard.push(`b${code}`));
  bus.emit('warning', warning('1'));
  leave();
  bus.emit('warning', warning('2'));
  expect(heard).toEqual(['a1', 'b1', 'b2']);
});

it('lets no listener that throws keep an event from the others, and tells of it once', () => {
  const bus = createEventBus();
  const heard: string[] = [];
  bus.on('warning', fail, 'bad');
  bus.on('step:start', fail, 'bad');
  bus.on('warning', ({ code }) => heard.push(code), 'good');
  bus.on('observer:error', ({ observer, message }) => heard.push(`${observer}: ${message}`), 'good');
  bus.emit('warning', warning('1'));
  bus.emit('warning', warning('2'));
  bus.emit('step:start', { step: 1, gamma: 1 });
  expect(heard).toEqual(['bad: broken', '1', '2']);
});

it('is not caught in a circle by a listener of errors that throws', () => {
  const bus = createEventBus();
  bus.on('observer:error', fail, 'worse');
  bus.on('warning', fail, 'bad');
  expect(() => bus.emit('warning', warning('1'))).not.toThrow();
});
