// What happens, told to whoever wants to know: the widget's own parts, and the page by `PrivacyDesk.on`.

const listeners = new Map();

export const on = (name, act) => {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(act);
};

export const off = (name, act) => listeners.get(name)?.delete(act);

/** A listener that fails is the page's own fault: it is reported there, and the chat goes on. */
export const emit = (name, detail = {}) => {
  for (const act of [...(listeners.get(name) || [])]) {
    try {
      act(detail);
    } catch (error) {
      reportError(error);
    }
  }
};

export const silence = () => listeners.clear();
