/** What may be wider or higher than its place: reached and scrolled by keyboard too. */

import type { ReactNode } from "react";

interface Props {
  label: string;
  tall?: boolean;
  className?: string;
  children: ReactNode;
}

export function Scroll({ label, tall = false, className = "", children }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would say that there is a form
    <div
      role="group"
      aria-label={label}
      className={`scroll ${tall ? "tall" : ""} ${className}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable (WCAG 2.1.1)
      tabIndex={0}
    >
      {children}
    </div>
  );
}
