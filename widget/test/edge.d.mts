export interface Received {
  method: string;
  path: string;
  authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  body: any;
}
export function digest(text: string): string;
export function edge(): Promise<{
  url: string;
  received: Received[];
  answers: { status: number; retryAfter?: string }[];
  numbers(): number[];
  close(): Promise<void>;
}>;
