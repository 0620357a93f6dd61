/** The few choices that are kept on this device. Storage may be forbidden: then they last a visit. */

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`flowback.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`flowback.${name}`);
    else localStorage.setItem(`flowback.${name}`, value);
  } catch {
    // Not kept; the choice still holds until the page is closed.
  }
}
