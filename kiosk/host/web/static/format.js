// Money, dates and times as people in Vietnam write them. The shop's time is UTC+7, wherever the browser is.

const SHOP_OFFSET = 7 * 3600 * 1000; // ms

const two = (number) => String(number).padStart(2, "0");

/** 185000 -> "185.000". Whole đồng. */
export const digits = (amount) => String(amount).replace(/\B(?=(\d{3})+$)/g, ".");

/** 185000 -> "185.000 ₫". */
export const dong = (amount) => `${digits(amount)}\u00a0₫`;

/** "chai 500 ml"; the net content may name the unit itself ("hộp 10 chiếc", "1 quả", "1 kg"). */
export const pack = ({ unit, net }) => (unit && net?.split(/\s+/).includes(unit) ? net : [unit, net].filter(Boolean).join(" "));

/** "2026-11-23" -> "23/11/2026". */
export const day = (iso) => iso.split("-").reverse().join("/");

/** ms UTC -> "09:05 23/11/2026"; only the time of day when it is of today. */
export function moment(at, now = Date.now()) {
  const shop = new Date(at + SHOP_OFFSET).toISOString();
  const time = shop.slice(11, 16);
  const today = new Date(now + SHOP_OFFSET).toISOString().slice(0, 10);
  return shop.startsWith(today) ? time : `${time} ${day(shop.slice(0, 10))}`;
}

/** ms UTC -> "09:05 23/11/2026", always with its date. */
export function fullMoment(at) {
  const shop = new Date(at + SHOP_OFFSET);
  return `${two(shop.getUTCHours())}:${two(shop.getUTCMinutes())} ${day(shop.toISOString().slice(0, 10))}`;
}
