// Long polling, for where WebSockets are blocked: the same frames, in requests that the desk holds until it has some.

import { SCRIPT } from "./given.js";
import { chat, site } from "./state.js";

const pollUrl = new URL("poll", SCRIPT.src).href;
const GAP = 250; // between answers that came at once and empty

/** The ways of wire.js over HTTP. One request is open at a time; one that waits is cut short when there is something to say. */
export const poll = ({ opened, got, closed }) => {
  const queue = [];
  let token = "";
  let waiting = null; // the request that only waits
  let over = false;

  const ask = async (frames, signal) => {
    const body = { site, last_seq: chat.seen, frames };
    if (chat.session) body.session = chat.session;
    if (token) body.token = token;
    // No content type of JSON: it would cost a second request, to ask whether it is allowed.
    const answer = await fetch(pollUrl, { method: "POST", body: JSON.stringify(body), credentials: "omit", signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const turn = async () => {
    const frames = queue.splice(0);
    const cut = new AbortController();
    waiting = frames.length ? null : cut;
    let answer = null;
    try {
      answer = await ask(frames, cut.signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
    waiting = null;
    if (!answer || over) return;
    if (answer.token) token = answer.token;
    for (const frame of answer.frames) got(frame);
    if (answer.close) over = closed(answer.close) || true;
    if (!answer.frames.length && !queue.length) await new Promise((go) => setTimeout(go, GAP));
  };

  const run = async () => {
    opened();
    try {
      while (!over) await turn();
    } catch {
      if (!over) closed(0);
    }
  };

  setTimeout(run, 0); // after wire.js knows this way as its own
  return {
    send: (frame) => {
      queue.push(frame);
      waiting?.abort();
    },
    close: () => {
      over = true;
      waiting?.abort();
    },
  };
};
