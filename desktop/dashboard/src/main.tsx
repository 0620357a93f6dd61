/** Where the dashboard begins: theme, language, then the application. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { Boundary } from "./app/Boundary";
import "./styles/index.css";
import { followTheme } from "./state/theme";
import { loadSpeech, SpeechContext } from "./text";

/** The hub answers any page's path with this file: `/hotspots?…` means `/#/hotspots?…`. */
function tidyAddress(): void {
  const { pathname, search, hash } = location;
  if (pathname === "/" || hash) return;
  history.replaceState(null, "", `/#${pathname}${search}`);
}

async function begin(): Promise<void> {
  tidyAddress();
  followTheme();
  const speech = await loadSpeech();
  document.documentElement.lang = speech.language;
  const root = document.getElementById("root");
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <SpeechContext value={speech}>
        <Boundary>
          <App />
        </Boundary>
      </SpeechContext>
    </StrictMode>,
  );
}

void begin();
