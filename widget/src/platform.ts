/**
 * The site's own consent platform, where there is one: IAB TCF 2.2 or later, or Google
 * Consent Mode v2. It wins; there is no second banner, and while it is silent the choice
 * is pending. Nothing of it is patched or written.
 */
import { choice } from "./choice";
import { config } from "./config";
import { apply, consent } from "./consent";
import { guard } from "./safe";

/** IAB purposes that all need consent: storage, measuring content, improving services. */
const PURPOSES = [1, 8, 10];
const LOOK_MS = 1_000;

interface TcData {
  eventStatus?: string;
  gdprApplies?: boolean;
  purpose?: { consents?: Record<number, boolean> };
}
type TcApi = (
  command: "addEventListener",
  version: 2,
  heard: (data: TcData, ok: boolean) => void,
) => void;

/** What of a page concerns consent. */
interface Host {
  __tcfapi?: TcApi;
  dataLayer?: [what: string, how: string, to?: { analytics_storage?: string }][];
  google_tag_data?: {
    ics?: { entries?: { analytics_storage?: { default?: boolean; update?: boolean } } };
  };
}

let here: boolean | undefined;
let asked = false;
/** TCF says that it does not apply to this visitor, and asks nothing. */
let exempt = false;
let said: boolean | undefined;

/** Follows what the platform says, when it says something new. */
function follow(source: "tcf" | "gcm", yes: boolean): void {
  if (yes === said) return;
  said = yes;
  if (!yes) consent.deny({ source });
  // What the visitor withdrew here is not granted again by an older yes.
  else if (choice.state === "pending" || choice.source === source) consent.grant({ source });
}

const heard = guard(({ eventStatus = "", gdprApplies, purpose }: TcData, ok: boolean) => {
  if (!ok) return;
  exempt = gdprApplies === false;
  if (gdprApplies && /^(tcloaded|useractioncomplete)$/.test(eventStatus))
    follow(
      "tcf",
      PURPOSES.every((id) => purpose?.consents?.[id]),
    );
  look();
});

/** What Consent Mode has been told, the latest last; a default is told, but no choice. */
function google({ dataLayer, google_tag_data }: Host): unknown[] {
  const entry = google_tag_data?.ics?.entries?.analytics_storage;
  // The commands wait in the data layer until Google's script takes them over.
  return entry
    ? [entry.update]
    : [...(dataLayer || [])]
        .filter(([what]) => what === "consent")
        .map(([, how, to]) => (how === "update" ? to?.analytics_storage : undefined));
}

const look = guard(() => {
  const host = window as Host;
  const tcf = host.__tcfapi;
  const told = google(host);
  const yes = told.filter((one) => one !== undefined).pop();
  const before = here;
  if (!tcf && yes !== undefined) follow("gcm", /true|granted/.test(`${yes}`));
  here = tcf ? !exempt : told.length > 0;
  if (tcf && !asked) {
    asked = true;
    tcf("addEventListener", 2, heard);
  }
  if (before !== here) apply();
});

/** Does the site's platform ask? */
export function platform(): boolean {
  if (here === undefined) {
    here = false;
    look();
    setInterval(look, LOOK_MS);
  }
  return here || config.consent === "cmp";
}
