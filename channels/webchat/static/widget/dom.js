// Elements without markup: text from anywhere only ever becomes text.

import { SCRIPT } from "./given.js";

const ICONS = {
  chat: "M21 12a8 8 0 0 1-8 8H4l2-3.5A8 8 0 1 1 21 12Z M9 10h7 M9 14h4",
  close: "M6 6l12 12 M18 6 6 18",
  down: "M6 9l6 6 6-6",
  send: "M12 20V5 M5 12l7-7 7 7",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z M4 21a8 8 0 0 1 16 0",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7.3",
  file: "M6 3h8l4 4v14H6Z M14 3v4h4",
  save: "M12 4v11 M7 11l5 5 5-5 M5 20h14",
  mail: "M3 6h18v12H3Z M3 7l9 7 9-7",
  out: "M14 4h6v6 M20 4l-9 9 M18 14v6H4V6h6",
  wait: "M12 7v5l3 2 M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  sent: "M5 12l5 5 9-10",
  read: "M2 12l5 5 9-10 M11 16l1 1 9-10",
  failed: "M12 8v5 M12 16h.01 M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
};

/** Make an element: properties where it has them, else attributes. */
export const el = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
};

export const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
};

export const button = (className, onclick, ...children) => el("button", { type: "button", className, onclick }, ...children);

/** Words for screen readers alone. */
export const aside = (text) => el("span", { className: "aside" }, text);

/** An address that is safe to link to; relative ones are the desk's. */
export const safe = (url) => {
  if (typeof url !== "string" || !url) return "";
  try {
    const full = new URL(url, SCRIPT.src);
    return /^https?:$/.test(full.protocol) ? full.href : "";
  } catch {
    return "";
  }
};

/** A link into a new tab, or its words alone where the address is not safe. */
export const link = (url, ...children) => {
  const href = safe(url);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children) : el("span", {}, ...children);
};

export const strings = (list) => (Array.isArray(list) ? list.filter((item) => typeof item === "string") : []);
export const objects = (list) => (Array.isArray(list) ? list.filter((item) => item && typeof item === "object") : []);
