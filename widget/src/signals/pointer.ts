/** Shaking the pointer: changes of direction on one axis within 2 s. */
import { emit, on } from "../flow";
import { later, round } from "../safe";

const WITHIN = 2_000;
/** Fewer changes are ordinary pointing. */
const WORTH = 10;
const ENDED = 500;

/** When, and how many CSS pixels had been moved on the axis by then. */
type Turn = [at: number, travel: number];

export function pointers(): void {
  /** The turns of the longest shake that is going on. */
  let most: Turn[] = [];
  /** The last turn that was told. */
  let before = 0;
  let timer = 0;

  const end = () => {
    const changes = most.length;
    const [at, from] = most[0] as Turn;
    const [until, to] = most.pop() as Turn;
    emit(
      { action: "pointer", changes, duration: round(until - at), travel: round(to - from) },
      undefined,
      at,
    );
    most = [];
    before = until;
  };

  /** Follows one axis. */
  const axis = () => {
    // From nowhere there is no way, and so no turn.
    let last = Number.NaN;
    let way = 0;
    let travel = 0;
    let turns: Turn[] = [];
    return (place: number, at: number) => {
      const by = place - last;
      if (by * way < 0) {
        turns = [...turns.filter(([then]) => then > before && at - then < WITHIN), [at, travel]];
        if (turns.length >= WORTH) {
          if (turns.length > most.length) most = turns;
          clearTimeout(timer);
          timer = later(ENDED, end);
        }
      }
      last = place;
      way = by || way;
      travel += Math.abs(by) || 0;
    };
  };
  const x = axis();
  const y = axis();

  on<PointerEvent>("pointermove", ({ pointerType, clientX, clientY, timeStamp }) => {
    if (pointerType === "touch") return;
    x(clientX, timeStamp);
    y(clientY, timeStamp);
  });
}
