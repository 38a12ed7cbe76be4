/*! Privacy Desk: the chat for any page. Apache-2.0
 *
 *   <script src="https://desk.example/chat/widget.js" data-site="iomart" defer></script>
 *
 * No cookie; nothing is stored before the first message, and then only this tab's session.
 * Text from the network only ever becomes text nodes. Works under a strict Content-Security-Policy:
 * script-src and connect-src for the desk are enough.
 */
(() => {
  "use strict";

  const script = document.currentScript;
  if (!script || window.PrivacyDesk) return;
  const site = script.dataset.site || "";
  const here = new URL(script.src);
  const socketUrl = new URL("ws", here).href.replace(/^http/, "ws");
  const storeKey = "privacydesk:" + site;

  const MAX_TEXT = 4000;
  const SILENCE = 15000; // a message unanswered and nothing heard for so long: the connection is dead
  const SLOWEST = 30000;
  const AUTOMATIC = "automatic answers, people when needed";
  const EXAMPLES = ["Do you share my data?", "What do you use my data for?", "What data do you hold about me?"];

  // ---------------------------------------------------------------- Look

  const css = `
:host { all: initial; position: fixed; inset-block-end: 16px; inset-inline-end: 16px; z-index: 2147483000;
  --surface: #ffffff; --sunk: #f3f5f8; --hover: #eef2f5; --line: #dbe1e8; --line-strong: #8793a3;
  --text: #17202c; --soft: #4e5b6c; --accent: #0b6e74; --accent-strong: #08565b; --accent-soft: #e0f1f1;
  --accent-line: #9fd0d1; --on-accent: #ffffff; --head: #0b6e74; --on-head: #ffffff;
  --warn: #7a4d00; --warn-soft: #fdf0d5; --bad: #a3211c; --bad-soft: #fce8e6;
  --shadow: 0 1px 2px rgb(19 32 48 / 10%), 0 8px 28px rgb(19 32 48 / 18%); color-scheme: light; }
@media (prefers-color-scheme: dark) { :host {
  --surface: #18202b; --sunk: #10161e; --hover: #222c39; --line: #2c3846; --line-strong: #6d7b8d;
  --text: #e7edf3; --soft: #b0bccb; --accent: #55c3c5; --accent-strong: #83d8d9; --accent-soft: #12363a;
  --accent-line: #24666a; --on-accent: #06262a; --head: #17494e; --on-head: #eef6f6;
  --warn: #efc26a; --warn-soft: #3a2e12; --bad: #ff9d94; --bad-soft: #44201f;
  --shadow: 0 1px 2px rgb(0 0 0 / 50%), 0 8px 28px rgb(0 0 0 / 50%); color-scheme: dark; } }
@media print { :host { display: none; } }
* { box-sizing: border-box; }
.box { font: 400 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  color: var(--text); text-align: start; }
.box * { font: inherit; }
[hidden] { display: none !important; }
.aside { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
svg { display: block; inline-size: 24px; block-size: 24px; fill: none; stroke: currentcolor; stroke-width: 2;
  stroke-linecap: round; stroke-linejoin: round; flex: none; }
button { cursor: pointer; border: 1px solid transparent; border-radius: 6px; color: inherit; background: none; padding: 0; margin: 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
:focus:not(:focus-visible) { outline: none; }
.launcher { display: grid; place-items: center; inline-size: 56px; block-size: 56px; border-radius: 28px;
  background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow); position: relative; margin-inline-start: auto; }
.launcher:hover { background: var(--accent-strong); }
.box .count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; padding: 0 5px;
  border-radius: 11px; font-size: 14px; line-height: 22px; font-weight: 600; background: var(--bad); color: var(--surface); }
.panel { display: flex; flex-direction: column; inline-size: 380px; block-size: min(600px, calc(100dvh - 104px));
  margin-block-end: 12px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px;
  box-shadow: var(--shadow); overflow: hidden; }
header { display: flex; align-items: center; gap: 12px; padding-block: 12px; padding-inline: 16px 8px;
  background: var(--head); color: var(--on-head); }
header div { flex: 1; min-inline-size: 0; }
.box h2 { margin: 0; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
.box header p { margin: 2px 0 0; font-size: 14px; line-height: 1.3; }
header button { display: grid; place-items: center; inline-size: 44px; block-size: 44px; }
header button:hover { background: rgb(0 0 0 / 15%); }
header :focus-visible { outline-color: var(--on-head); outline-offset: -4px; }
.state { display: flex; align-items: center; gap: 12px; padding: 6px 16px; background: var(--warn-soft); color: var(--warn); }
.box .state span { flex: 1; font-size: 14px; }
.box .state button, .box .meta button { font-size: 14px; font-weight: 600; text-decoration: underline; min-block-size: 24px; padding: 0 4px; }
.log { position: relative; flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 12px;
  background: var(--sunk); outline-offset: -2px; }
.log:focus-visible { outline-offset: -3px; }
.line { max-inline-size: 88%; align-self: flex-start; display: flex; flex-direction: column; }
.bubble { padding: 8px 12px; border: 1px solid var(--line); border-radius: 10px; border-end-start-radius: 3px; background: var(--surface);
  display: flex; flex-direction: column; gap: 8px; overflow-wrap: anywhere; }
.bubble p { margin: 0; white-space: pre-wrap; }
.you { align-self: flex-end; align-items: flex-end; }
.you .bubble { background: var(--head); border-color: var(--head); color: var(--on-head); border-radius: 10px; border-end-end-radius: 3px; }
.you.wait .bubble { background: var(--accent-soft); border-color: var(--accent-line); color: var(--text); }
.you.failed .bubble { background: var(--bad-soft); border-color: var(--bad); color: var(--text); }
.staff .bubble { border-color: var(--accent); }
.system { align-self: center; max-inline-size: 100%; }
.system .bubble { background: none; border: 0; padding: 0 8px; }
.box .system p { font-size: 14px; color: var(--soft); text-align: center; }
.box .meta { display: block; margin-block-start: 2px; padding-inline: 4px; font-size: 13px; color: var(--soft); }
.you .meta { text-align: end; }
.failed .meta { color: var(--bad); }
.bubble a { color: var(--accent); text-underline-offset: 2px; }
.you .bubble a { color: inherit; }
figure { margin: 0; padding: 8px 12px; border-inline-start: 3px solid var(--accent); border-radius: 3px; background: var(--accent-soft); }
blockquote { margin: 0; white-space: pre-wrap; }
.box figcaption, .box figcaption a { font-size: 14px; }
figcaption { margin-block-start: 4px; }
figcaption a { color: var(--accent-strong); }
.picks { display: flex; flex-direction: column; gap: 8px; align-items: flex-start; align-self: stretch; }
.picks button { text-align: start; padding: 8px 12px; min-block-size: 44px; border-color: var(--accent); color: var(--accent-strong); background: var(--surface); overflow-wrap: anywhere; }
.picks button:hover { background: var(--accent-soft); }
.box .picks b { font-weight: 600; margin-inline-end: 4px; }
.box .line > .picks { margin-block-start: 8px; }
.picks.aside { flex-direction: row; flex-wrap: wrap; }
.picks.aside button { min-block-size: 32px; padding: 3px 10px; font-size: 14px; }
.box .notice { font-size: 14px; color: var(--soft); }
.busy { display: flex; gap: 4px; align-items: center; color: var(--soft); align-self: flex-start; }
.box .busy span { font-size: 14px; margin-inline-end: 4px; }
.busy i { inline-size: 6px; block-size: 6px; border-radius: 3px; background: currentcolor; }
footer { border-block-start: 1px solid var(--line); padding: 8px 12px; background: var(--surface); }
form { display: flex; gap: 8px; align-items: flex-end; }
textarea { flex: 1; min-inline-size: 0; resize: none; field-sizing: content; min-block-size: 44px; max-block-size: 132px; padding: 9px 12px;
  border: 1px solid var(--line-strong); border-radius: 6px; background: var(--surface); color: var(--text); margin: 0; }
textarea::placeholder { color: var(--soft); opacity: 1; }
.send { display: grid; place-items: center; inline-size: 44px; block-size: 44px; background: var(--accent); color: var(--on-accent); }
.send:hover { background: var(--accent-strong); }
.box .over { margin: 4px 0 0; font-size: 14px; color: var(--bad); }
.box .person { display: inline-flex; align-items: center; gap: 6px; min-block-size: 32px; margin-block-start: 4px; padding: 0 6px; font-size: 14px; color: var(--accent-strong); }
.person:hover { background: var(--hover); }
.person svg { inline-size: 18px; block-size: 18px; }
@media (max-width: 479px) {
  :host(.open) { inset: 0; }
  :host(.open) .box { block-size: 100%; }
  .panel { position: absolute; inset: 0; inline-size: auto; block-size: auto; margin: 0; border: 0; border-radius: 0; }
  :host(.open) .launcher { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  .panel { animation: rise 120ms ease-out; }
  .busy i { animation: pulse 1.2s infinite; } .busy i + i { animation-delay: .2s; } .busy i + i + i { animation-delay: .4s; }
  @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
  @keyframes pulse { 50% { opacity: .25; } }
}`;

  const ICONS = {
    chat: "M21 12a8 8 0 0 1-8 8H4l2-3.5A8 8 0 1 1 21 12Z M9 10h7 M9 14h4",
    close: "M6 6l12 12 M18 6 6 18",
    send: "M12 20V5 M5 12l7-7 7 7",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z M4 21a8 8 0 0 1 16 0",
  };

  /** Make an element: properties where it has them, else attributes. */
  const el = (tag, props, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name in node) node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter(Boolean));
    return node;
  };

  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };

  const button = (className, onclick, ...children) => el("button", { type: "button", className, onclick }, ...children);

  // ---------------------------------------------------------------- What is known

  let stored = {};
  try {
    stored = JSON.parse(sessionStorage.getItem(storeKey)) || {};
  } catch { /* no storage: the chat lasts as long as the page */ }

  let session = typeof stored.session === "string" ? stored.session : "";
  let started = Boolean(session); // from the first message on, this tab's session is kept
  let seen = 0; // the last line that is on the page
  let read = Number(stored.read) || 0; // the last line that was on the page while it was open
  let name = "";
  const pending = []; // own messages without a line yet: {id, text, node, note, timer}

  const keep = () => {
    if (!started) return;
    const unsent = pending.map(({ id, text }) => ({ id, text }));
    try {
      sessionStorage.setItem(storeKey, JSON.stringify({ session, unsent, read, open: !panel.hidden }));
    } catch { /* as above */ }
  };

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // ---------------------------------------------------------------- The page's part

  const title = el("h2", { id: "title", tabIndex: -1 }, "Privacy questions");
  const subtitle = el("p", {}, AUTOMATIC);
  const stateText = el("span", { role: "status" });
  const stateButton = button("", () => { failures = 0; connect(); }, "Open again");
  const state = el("div", { className: "state", hidden: true }, stateText, stateButton);
  const log = el("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": "Conversation", tabIndex: 0 });
  const busy = el("div", { className: "busy", hidden: true }, el("span", {}, "Working on an answer"), el("i"), el("i"), el("i"));
  const input = el("textarea", { id: "text", rows: 1, dir: "auto", placeholder: "Ask about your data", enterKeyHint: "send", "aria-describedby": "over" });
  const over = el("p", { className: "over", id: "over", role: "status", hidden: true });
  const form = el("form", {}, el("label", { htmlFor: "text", className: "aside" }, "Your message"), input,
    el("button", { type: "submit", className: "send", "aria-label": "Send" }, icon("send")));
  const person = button("person", () => say("Talk to a person"), icon("person"), "Talk to a person");
  const panel = el("section", { className: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
    el("header", {}, el("div", {}, title, subtitle),
      el("button", { type: "button", "aria-label": "Close the chat", onclick: () => close() }, icon("close"))),
    state, log, el("footer", {}, form, over, person));
  const count = el("span", { className: "count", hidden: true });
  const launcher = el("button", { type: "button", className: "launcher", "aria-expanded": "false",
    onclick: () => (panel.hidden ? open() : close()) }, icon("chat"), count);
  const box = el("div", { className: "box", lang: "en" }, panel, launcher);
  const host = el("div", { id: "privacy-desk" });
  const narrow = matchMedia("(max-width: 479px)");

  const label = () => {
    const news = log.querySelectorAll(".news").length;
    count.hidden = !news;
    count.textContent = news;
    launcher.setAttribute("aria-label", (panel.hidden ? "Open" : "Close") + " the privacy chat" + (news ? `, ${news} new` : ""));
    launcher.setAttribute("aria-expanded", String(!panel.hidden));
  };

  const open = (focus = true) => {
    panel.hidden = false;
    host.classList.add("open");
    for (const node of log.querySelectorAll(".news")) node.classList.remove("news");
    read = seen;
    label();
    keep();
    connect();
    log.scrollTop = started ? log.scrollHeight : 0;
    if (focus) (narrow.matches ? title : input).focus();
  };

  const close = () => {
    panel.hidden = true;
    host.classList.remove("open");
    label();
    keep();
    if (!started) hangUp();
    launcher.focus();
  };

  // ---------------------------------------------------------------- Lines

  /** An address that is safe to link to; relative ones are the desk's. */
  const safe = (url) => {
    try {
      const full = new URL(url, here);
      return /^https?:$/.test(full.protocol) ? full.href : "";
    } catch {
      return "";
    }
  };

  const link = (url, text) => {
    const href = safe(url);
    return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : el("span", {}, text);
  };

  const paragraph = (text) => {
    const bits = text.split(/(https?:\/\/[^\s<>"”]*[^\s<>"”.,;:!?)\]])/);
    return el("p", { dir: "auto" }, ...bits.map((bit, nth) => (nth % 2 ? link(bit, bit) : bit)));
  };

  /** Cut the quotations out of the text, each where it stands, with the names and links that are shown with it. */
  const cut = (text, citations) => {
    let parts = [text];
    for (const cite of citations) {
      const at = cite.text ? parts.findIndex((part) => typeof part === "string" && part.includes(cite.text)) : -1;
      if (at < 0) {
        parts.push(cite);
        continue;
      }
      const [before, ...after] = parts[at].split(cite.text);
      parts.splice(at, 1, before.replace(/["“‘>\s]+$/, ""), cite, after.join(cite.text).replace(/^["”’\s]+/, ""));
    }
    // The longest first: the address of clause 3 is the beginning of that of 3.2.
    const named = citations.flatMap((cite) => [cite.label, safe(cite.url), cite.url]).filter(Boolean).map(String);
    for (const gone of named.sort((one, two) => two.length - one.length)) {
      parts = parts.map((part) => (typeof part === "string" ? part.replaceAll(gone, "") : part));
    }
    return parts.map((part) => (typeof part === "string" ? part.replace(/^[\s().,;:–—-]+$/gm, "").trim() : part)).filter(Boolean);
  };

  const quotation = (cite) => el("figure", {}, cite.text && el("blockquote", { dir: "auto" }, `“${cite.text}”`),
    el("figcaption", {}, link(cite.url, cite.label || `Clause ${cite.id}`)));

  const withoutChoices = (text, choices) => text.split("\n").filter((row) => {
    const [, rest] = row.match(/^\s*\d+[.):]?\s+(.*?)\s*$/) || [];
    return rest === undefined || !choices.includes(rest);
  }).join("\n");

  const strings = (list) => (Array.isArray(list) ? list.filter((item) => typeof item === "string") : []);
  const objects = (list) => (Array.isArray(list) ? list.filter((item) => item && typeof item === "object") : []);

  const picks = (choices, numbered, aside) => el("div", { className: aside ? "picks aside" : "picks" }, ...choices.map((choice, nth) =>
    button("", () => say(choice), numbered && el("b", {}, String(nth + 1)), numbered && " ", choice)));

  const WHO = { bot: "Automatic answer", staff: "A person", you: "You" };

  const when = (at) => {
    const date = new Date(at);
    if (isNaN(date)) return "";
    const text = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return el("time", { dateTime: date.toISOString(), title: date.toLocaleString() }, text);
  };

  let low = true; // the end of the conversation is in view
  log.onscroll = () => { low = log.scrollHeight - log.scrollTop - log.clientHeight < 80; };
  new ResizeObserver(() => { if (low && started) log.scrollTop = log.scrollHeight; }).observe(log);

  /** Put a line before the own messages that are still on their way, and keep the end in view. */
  const put = (node) => {
    const first = pending.find((item) => item.node.isConnected);
    log.insertBefore(node, first ? first.node : busy);
    // A long answer is read from its beginning; a short one leaves the end in view, as the browser stops there.
    if (low) log.scrollTop = node.offsetTop - 12;
  };

  const line = (from, ...children) => el("div", { className: "line " + from }, el("div", { className: "bubble" }, ...children));

  const dropPicks = () => {
    for (const node of log.querySelectorAll(".picks")) node.remove();
  };

  const show = (frame) => {
    const from = ["bot", "staff", "you"].includes(frame.from) ? frame.from : "system";
    const choices = strings(frame.choices);
    const said = String(frame.text ?? ""), bare = withoutChoices(said, choices), cites = objects(frame.citations);
    const parts = cut(bare, cites);
    const node = line(from, ...parts.map((part) => (typeof part === "string" ? paragraph(part) : quotation(part))));
    if (WHO[from]) node.append(el("span", { className: "meta" }, WHO[from] + " ", when(frame.at)));
    dropPicks();
    // Below an answer they only ask whether it helped, so they keep small.
    if (choices.length) node.append(picks(choices, bare !== said, cites.length > 0));
    if (panel.hidden && (from === "bot" || from === "staff") && frame.seq > read) node.classList.add("news");
    if (from === "staff") subtitle.textContent = "a person is answering";
    if (from === "bot") subtitle.textContent = AUTOMATIC;
    if (from !== "you") busy.hidden = true;
    put(node);
    if (!panel.hidden) read = Math.max(read, frame.seq);
    label();
  };

  const greet = () => {
    const node = line("bot",
      paragraph("Hello. I answer automatically, in the words of our privacy policy. You can also ask for your own data, or for a person."),
      el("p", { className: "notice", dir: "auto" }, "Your messages are kept so that we can answer. This tab remembers the chat until you close the tab. No cookie is set."));
    node.append(el("span", { className: "meta" }, WHO.bot), picks(EXAMPLES, false));
    log.append(node, busy);
  };

  // ---------------------------------------------------------------- Own messages

  const note = (item, className, text, ...buttons) => {
    item.node.className = "line you " + className;
    item.note.replaceChildren(text, ...buttons);
  };

  const compose = (id, text) => {
    const item = { id, text, node: line("you", paragraph(text)), note: el("span", { className: "meta" }), timer: 0 };
    item.node.append(item.note);
    dropPicks();
    log.insertBefore(item.node, busy);
    pending.push(item);
    note(item, "wait", "Sending…");
    return item;
  };

  const say = (text) => {
    started = true;
    const item = compose(newId(), text);
    keep();
    log.scrollTop = log.scrollHeight;
    transmit(item);
  };

  const transmit = (item) => {
    clearTimeout(item.timer);
    if (!ready) {
      note(item, "wait", "Waiting for the connection…");
      connect();
      return;
    }
    note(item, "wait", "Sending…");
    socket.send(JSON.stringify({ type: "message", id: item.id, text: item.text }));
    item.timer = setTimeout(() => {
      if (pending.includes(item) && ready && Date.now() - heard >= SILENCE) lost();
    }, SILENCE + 50);
  };

  const take = (id) => {
    const at = pending.findIndex((item) => item.id === id);
    if (at < 0) return null;
    const [item] = pending.splice(at, 1);
    clearTimeout(item.timer);
    return item;
  };

  const arrived = (id, at) => {
    const item = take(id);
    if (!item) return false;
    put(item.node);
    note(item, "", "Sent ", when(at || Date.now()));
    busy.hidden = true;
    failures = 0;
    keep();
    return true;
  };

  const refused = (frame) => {
    const item = pending.find((other) => other.id === frame.id);
    if (!item) return;
    clearTimeout(item.timer);
    if (frame.retry_after > 0) {
      note(item, "failed", String(frame.text) + " ", button("", () => transmit(item), "Try again"));
      item.timer = setTimeout(() => transmit(item), frame.retry_after * 1000);
      return;
    }
    note(item, "failed", `Not sent. ${frame.text} `, button("", () => {
      take(item.id);
      item.node.remove();
      input.value = item.text;
      measure();
      keep();
      input.focus();
    }, "Change it"));
  };

  // ---------------------------------------------------------------- The connection

  let socket = null;
  let ready = false;
  let failures = 0;
  let heard = 0;
  let timer = 0;

  const tell = (text, again = false) => {
    state.hidden = !text;
    stateText.textContent = text;
    stateButton.hidden = !again;
  };

  const connect = () => {
    if (socket) return;
    clearTimeout(timer);
    if (navigator.onLine === false) {
      tell("You are offline. What you write is sent when you are back.");
      return;
    }
    if (!failures) tell("");
    try {
      socket = new WebSocket(socketUrl);
    } catch {
      tell("This page does not allow the chat to connect.");
      return;
    }
    const mine = socket;
    const current = (act) => (event) => { if (socket === mine) act(event); };
    mine.onopen = current(() => {
      const hello = { type: "hello", site };
      if (session) Object.assign(hello, { session, last_seq: seen });
      mine.send(JSON.stringify(hello));
    });
    mine.onmessage = current((event) => {
      heard = Date.now();
      let frame = null;
      try { frame = JSON.parse(event.data); } catch { return; }
      if (frame && Object.hasOwn(ON, frame.type)) ON[frame.type](frame);
    });
    mine.onclose = current((event) => ([1003, 1007, 1008].includes(event.code) ? ended() : lost()));
  };

  const hangUp = () => {
    clearTimeout(timer);
    ready = false;
    const old = socket;
    socket = null;
    old?.close();
  };

  const waitAll = () => {
    busy.hidden = true;
    for (const item of pending) {
      clearTimeout(item.timer);
      note(item, "wait", "Waiting for the connection…");
    }
  };

  /** The connection went: come back, later each time, and not all visitors at once. */
  const lost = () => {
    hangUp();
    waitAll();
    if (panel.hidden && !started) return;
    failures += 1;
    tell(navigator.onLine === false ? "You are offline. What you write is sent when you are back." : "Connection lost. Trying again…");
    timer = setTimeout(connect, Math.min(SLOWEST, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
  };

  /** The desk closed the chat and said why; only the visitor opens it again. */
  let why = "";
  const ended = () => {
    hangUp();
    waitAll();
    tell(why || "This chat was closed.", true);
  };

  const ON = {
    ready(frame) {
      if (session && frame.session !== session) {
        // The desk no longer knows the old session: what it said is gone, what waits goes into the new one.
        for (const node of log.querySelectorAll(".line")) if (!pending.some((item) => item.node === node)) node.remove();
        seen = read = 0;
      }
      session = frame.session;
      name = String(frame.name || name);
      title.textContent = name ? name + " privacy questions" : title.textContent;
      ready = true;
      // With something to come or to send, only that shows that the desk is well again.
      if (!pending.length && frame.seq <= seen) failures = 0;
      why = "";
      tell("");
      keep();
      // Announce what is new, not the whole conversation again.
      log.setAttribute("aria-busy", String(frame.seq > seen && !seen));
      replayed = frame.seq;
      settle();
      for (const item of [...pending]) transmit(item);
    },
    ack(frame) {
      seen = Math.max(seen, frame.seq);
      arrived(frame.id);
      settle();
    },
    message(frame) {
      if (!(frame.seq > seen)) return;
      seen = frame.seq;
      failures = 0;
      if (frame.from !== "you" || !arrived(frame.id, frame.at)) show(frame);
      settle();
      keep();
    },
    typing() {
      busy.hidden = false;
      log.scrollTop = log.scrollHeight;
    },
    error(frame) {
      if (frame.id) refused(frame);
      else why = String(frame.text || "");
    },
  };

  let replayed = 0;
  const settle = () => {
    if (seen >= replayed) log.setAttribute("aria-busy", "false");
  };

  // ---------------------------------------------------------------- The visitor's hands

  const measure = () => {
    const excess = [...input.value].length - MAX_TEXT;
    over.hidden = excess <= 0;
    over.textContent = excess > 0 ? `Too long by ${excess} characters. Please shorten it or send it in parts.` : "";
    return excess <= 0;
  };

  form.onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text || !measure()) return;
    input.value = "";
    say(text);
  };
  input.oninput = measure;
  input.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
  box.onkeydown = (event) => {
    if (panel.hidden) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && narrow.matches) {
      // The panel covers the page: the focus stays where it can be seen.
      const all = [...panel.querySelectorAll("button, a[href], textarea, .log")].filter((node) => node.getClientRects().length);
      const edge = event.shiftKey ? all[0] : all.at(-1);
      if (host.shadowRoot.activeElement !== edge) return;
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0]).focus();
    }
  };
  addEventListener("online", () => { if (started || !panel.hidden) { failures = 0; connect(); } });
  addEventListener("offline", () => { if (socket) lost(); });
  addEventListener("pagehide", () => { hangUp(); });
  addEventListener("pageshow", (event) => { if (event.persisted && (started || !panel.hidden)) connect(); });

  const begin = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(box);
    greet();
    document.body.append(host);
    for (const { id, text } of objects(stored.unsent)) if (id && text) compose(String(id), String(text));
    label();
    if (started && stored.open) open(false);
    else if (started) connect();
  };

  window.PrivacyDesk = Object.freeze({ open: () => open(), close: () => { if (!panel.hidden) close(); } });
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
