/** A sentence in three: before, what it names (drawn as a name or a link), after. */
export type Sentence = readonly [string, string, string];

export const say = (before: string, name: string, after: string): Sentence => [before, name, after];
