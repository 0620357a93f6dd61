/** Shaking the pointer: changes of direction on one axis within 2 s. */
import type { Flow } from "../flow";
import { guard } from "../safe";

const WITHIN = 2_000;
/** Fewer changes are ordinary pointing. */
const WORTH = 10;
/** CSS pixels; less is a tremble of the hand or the device. */
const STEP = 3;
const ENDED = 500;

export function pointers(flow: Flow): void {
  let most: number[] = [];
  let timer = 0;

  const end = guard(() => {
    const changes = most.length;
    const duration = Math.round((most.pop() as number) - (most[0] as number));
    flow.emit({ action: "pointer", changes, duration });
    most = [];
    // What was told is not told again by the next turn.
    x = axis();
    y = axis();
  });

  /** Follows one axis. */
  const axis = () => {
    let last = 0;
    let way = 0;
    let turns: number[] = [];
    return (place: number, at: number) => {
      const by = place - last;
      if (Math.abs(by) < STEP) return;
      last = place;
      if (by * way >= 0 && way) return;
      way = by;
      turns.push(at);
      turns = turns.filter((turn) => at - turn < WITHIN);
      if (turns.length < WORTH) return;
      if (turns.length > most.length) most = turns;
      clearTimeout(timer);
      timer = setTimeout(end, ENDED);
    };
  };
  let x = axis();
  let y = axis();

  flow.on<PointerEvent>("pointermove", ({ pointerType, clientX, clientY, timeStamp }) => {
    if (pointerType === "touch") return;
    x(clientX, timeStamp);
    y(clientY, timeStamp);
  });
}
