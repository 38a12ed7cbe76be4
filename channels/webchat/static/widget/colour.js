// The page's accent (`data-accent="#7a1fa2"`) as colours that can be read: darkened or lightened until they are. Pure.

const TEXT = 4.5; // WCAG 2.2, 1.4.3

const channels = (hex) => {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(hex);
  const full = short ? "#" + short.slice(1).map((digit) => digit + digit).join("") : hex;
  if (!/^#[0-9a-f]{6}$/i.test(full)) return null;
  return [1, 3, 5].map((at) => parseInt(full.slice(at, at + 2), 16));
};

const hexed = (rgb) => "#" + rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");

const mix = (one, two, share) => one.map((part, nth) => part + (two[nth] - part) * share);

const light = (rgb) => rgb
  .map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, nth) => sum + part * [0.2126, 0.7152, 0.0722][nth], 0);

const contrast = (one, two) => {
  const [low, high] = [light(one), light(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

/** The nearest colour on the way to `end` that can be read on all `grounds`. */
const readable = (rgb, grounds, end) => {
  for (let step = 0; step <= 20; step += 1) {
    const tried = mix(rgb, end, step / 20).map(Math.round);
    if (grounds.every((ground) => contrast(tried, ground) >= TEXT)) return tried;
  }
  return end;
};

const BLACK = [0, 0, 0], WHITE = [255, 255, 255], DARK = [24, 32, 43];

/** The custom properties of an accent, for light or dark; null where it is no colour of the form #rgb or #rrggbb. */
export const shades = (hex, dark) => {
  const given = channels(hex.trim());
  if (!given) return null;
  const surface = dark ? DARK : WHITE, end = dark ? WHITE : BLACK;
  const soft = mix(surface, given, dark ? 0.22 : 0.1);
  const accent = readable(given, [surface, soft], end);
  const head = dark ? readable(mix(accent, BLACK, 0.4), [WHITE], BLACK) : accent;
  const on = contrast(accent, WHITE) >= TEXT ? WHITE : BLACK;
  return {
    accent: hexed(accent), "accent-strong": hexed(mix(accent, end, 0.25)), "accent-soft": hexed(soft),
    "accent-line": hexed(mix(surface, given, 0.45)), "on-accent": hexed(on), head: hexed(head), "on-head": "#ffffff",
  };
};
