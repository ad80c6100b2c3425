/** Either package may be absent, and only what importing it does is wanted. */
declare module '@tensorflow/tfjs-node';
declare module '@tensorflow/tfjs-node-gpu';
