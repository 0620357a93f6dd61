/** Shaking the pointer: changes of direction on one axis within 2 s. */
import { emit, on } from "../flow";
import { later, round } from "../safe";

const WITHIN = 2_000;
/** Fewer changes are ordinary pointing. */
const WORTH = 10;
/** CSS pixels; less is a tremble of the hand or the device. */
const STEP = 3;
const ENDED = 500;

export function pointers(): void {
  /** Moments of the turns of the longest shake that is going on. */
  let most: number[] = [];
  let timer = 0;

  const end = () => {
    const changes = most.length;
    const duration = round((most.pop() as number) - (most[0] as number));
    emit({ action: "pointer", changes, duration });
    most = [];
    // What was told is not told again by the next turn.
    x = axis();
    y = axis();
  };

  /** Follows one axis. */
  const axis = () => {
    let last = 0;
    let way = 0;
    let turns: number[] = [];
    return (place: number, at: number) => {
      const by = place - last;
      if (Math.abs(by) < STEP) return;
      last = place;
      if (by * way > 0) return;
      way = by;
      turns = [...turns.filter((turn) => at - turn < WITHIN), at];
      if (turns.length < WORTH) return;
      if (turns.length > most.length) most = turns;
      clearTimeout(timer);
      timer = later(ENDED, end);
    };
  };
  let x = axis();
  let y = axis();

  on<PointerEvent>("pointermove", ({ pointerType, clientX, clientY, timeStamp }) => {
    if (pointerType === "touch") return;
    x(clientX, timeStamp);
    y(clientY, timeStamp);
  });
}
