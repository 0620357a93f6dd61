/** Numbers, times and names as text: every figure on the screen goes through here. */

import type { Interval } from "../api/types.gen";
import { safeLocale, safeTimeZone } from "./locale";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Format = ReturnType<typeof createFormat>;

/** The formatters of one locale and time zone; made once, they are costly. */
export function createFormat(locale: string, timeZone: string) {
  const tag = safeLocale([locale]);
  const zone = safeTimeZone(timeZone);
  const number = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(tag, options);
    return (value: number) => format.format(value).replace("-", "−");
  };
  const moment = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(tag, { timeZone: zone, ...options });
    return (at: number) => format.format(at);
  };
  const digits = (count: number) =>
    number({ minimumFractionDigits: count, maximumFractionDigits: count });
  const count = number({ maximumFractionDigits: 0 });
  const score = digits(2);
  const mean = digits(3);
  const percent0 = number({ style: "percent", maximumFractionDigits: 0 });
  const percent1 = number({
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const points = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const time = moment({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const timeSeconds = moment({
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const day = moment({ day: "numeric", month: "short" });
  const dayYear = moment({ day: "numeric", month: "short", year: "numeric" });
  const key = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  const full = moment({ dateStyle: "full", timeStyle: "long" });
  const range = new Intl.DateTimeFormat(tag, {
    timeZone: zone,
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  // The symbols of the SI are the same in every language.
  const unit = (symbol: string) => (value: number) => `${count(value)}\u202f${symbol}`;
  const units = { ms: unit("ms"), s: unit("s"), min: unit("min"), h: unit("h"), d: unit("d") };

  /** A share: one decimal from 1,000 cases, none below. */
  const percent = (value: number, base: number) => (base >= 1000 ? percent1 : percent0)(value);
  /** "12.8 to 13.6%", or "(12–14)" in a cell. */
  const percentRange = (of: Interval, base: number, to: string) => {
    const [low, high] = [percent(of.low, base), percent(of.high, base)];
    return `${low.replace(/[\s\u00a0\u202f]?%/, "")} ${to} ${high}`;
  };
  /** 3 h 12 min, 14 s, 740 ms: at most two units. */
  const duration = (ms: number): string => {
    if (ms < 1000) return units.ms(Math.round(ms));
    if (ms < MINUTE) return units.s(Math.round(ms / 1000));
    if (ms < HOUR) return units.min(Math.floor(ms / MINUTE));
    const [big, name, small, rest] =
      ms < DAY
        ? ([HOUR, units.h, MINUTE, units.min] as const)
        : ([DAY, units.d, HOUR, units.h] as const);
    const left = Math.floor((ms % big) / small);
    return name(Math.floor(ms / big)) + (left ? ` ${rest(left)}` : "");
  };
  const sameDay = (one: number, other: number) => key.format(one) === key.format(other);
  /** Time alone on the day of `now`, with its date on another. */
  const when = (at: number, now: number) =>
    sameDay(at, now) ? time(at) : `${day(at)} ${time(at)}`;
  /** A period as words; with times when it is under two days. */
  const period = (from: number, to: number) => {
    if (to - from >= 2 * DAY) return range.formatRange(from, to - 1);
    return `${day(from)} ${time(from)} – ${sameDay(from, to) ? "" : `${day(to)} `}${time(to)}`;
  };
  const signed = (value: number, write: (value: number) => string) =>
    (value > 0 ? "+" : "") + write(value);

  return {
    locale: tag,
    zone,
    count,
    score,
    mean,
    compact: number({ notation: "compact", maximumFractionDigits: 1 }),
    axis: number({ maximumFractionDigits: 2 }),
    amount: number({ maximumFractionDigits: 3 }),
    percent,
    percentRange,
    points: (value: number) => points(value * 100),
    time,
    timeSeconds,
    day,
    dayYear,
    full,
    duration,
    when,
    period,
    signed,
    sameDay,
  };
}

/** `text` at most `max` characters long, cut in its middle: both ends of a selector tell. */
export function middle(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max - 1) * 0.45);
  return `${text.slice(0, head)}…${text.slice(text.length - (max - 1 - head))}`;
}
