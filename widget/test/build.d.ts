declare module "../build.mjs" {
  export const limits: Record<string, number>;
  export function bundle(name: string, folder?: string): Promise<string>;
  export function gzipped(path: string): number;
}
