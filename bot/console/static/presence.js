// A visitor of the chat, live: whether they are here and writing; and they are told that somebody reads and writes.

const AGAIN = 3000; // while somebody writes, it is told again so often
const BEAT = 30000;
let told = 0;
let timer = 0;

const form = () => document.querySelector("[data-composer][data-channel=webchat]");

/** Follow the chat that is open, whichever it is. */
export function followPresence(onSwap) {
  onSwap(() => beat());
  document.addEventListener("desk:presence", soon);
  document.addEventListener("visibilitychange", soon);
  document.addEventListener("desk:seen", soon);
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-composer][data-channel=webchat] [data-text]")) return;
    const replies = form().querySelector("[data-mode]:checked").value === "reply";
    if (!replies || Date.now() - told < AGAIN) return;
    told = Date.now();
    beat("on");
  });
  document.addEventListener("sent", () => stop(), true);
  setInterval(() => beat(), BEAT);
  beat();
}

function stop() {
  if (told) beat("off");
  told = 0;
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(beat, 150);
}

async function beat(typing = "") {
  const composer = form();
  const shown = document.querySelector("[data-presence]");
  if (!composer || !shown) return;
  const talk = composer.closest("[data-conversation]");
  const body = new URLSearchParams({ typing });
  if (!document.hidden) body.set("seen", composer.querySelector("[data-seen]").value);
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const url = `/console/conversations/${talk.dataset.conversation}/presence`;
  try {
    const response = await fetch(url, { method: "POST", body, headers: { "X-Desk-Csrf": csrf } });
    if (!response.ok || !shown.isConnected) return;
    show(shown, talk, await response.json());
  } catch {
    // The next beat tells it.
  }
}

function show(shown, talk, { here, typing, seen }) {
  const text = typing ? "Here now, and writing" : here ? "Here now" : "Not here now; they read it when they come back";
  if (shown.textContent !== text) shown.textContent = text;
  if (talk.dataset.seenBy !== String(seen)) {
    // The first time it is what the page was made with.
    if (talk.dataset.seenBy !== undefined) document.dispatchEvent(new Event("desk:changed"));
    talk.dataset.seenBy = String(seen);
  }
}
