/** What we use of cli-progress, which has no types of its own. */
declare module 'cli-progress' {
  export interface BarOptions {
    readonly barsize: number;
    readonly barCompleteChar: string;
    readonly barIncompleteChar: string;
    readonly fps: number;
    readonly linewrap: boolean;
    readonly clearOnComplete: boolean;
    readonly stream: NodeJS.WritableStream;
    readonly format: (
      options: BarOptions,
      parameters: { readonly progress: number; readonly maxWidth: number },
      payload: { readonly text: string },
    ) => string;
  }
  interface SingleBar {
    start(total: number, value: number, payload: { readonly text: string }): void;
    update(value: number, payload: { readonly text: string }): void;
    stop(): void;
  }
  const progress: {
    readonly SingleBar: new (options: Partial<BarOptions>) => SingleBar;
    readonly Format: { BarFormat(progress: number, options: BarOptions): string };
  };
  export default progress;
}
