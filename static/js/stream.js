// One event stream for all tabs of a browser: over HTTP/1.1 it grants six connections, which open tabs would use up.
// The tab that was last in use holds the stream and passes its events on to other tabs of the same page.
(() => {
  const tabs = new BroadcastChannel("townhall-stream");
  let shared;

  class SharedSource {
    constructor(url) {
      Object.assign(this, { url, listeners: [], source: null, since: 0 });
      shared = this;
      this.take();
    }

    get readyState() {
      return this.source ? this.source.readyState : EventSource.CONNECTING;
    }

    addEventListener(name, listener) {
      this.listeners.push([name, listener]);
      this.source?.addEventListener(name, listener);
      this.source?.addEventListener(name, ({ data }) => tabs.postMessage({ url: this.url, name, data }));
    }

    removeEventListener(name, listener) {
      this.listeners = this.listeners.filter((entry) => entry[0] !== name || entry[1] !== listener);
      this.source?.removeEventListener(name, listener);
    }

    take() {
      if (this.source) return;
      this.source = new EventSource(this.url);
      this.source.onopen = () => this.onopen();
      this.source.onerror = (event) => this.onerror(event);
      const listeners = this.listeners.splice(0);
      for (const entry of listeners) this.addEventListener(...entry);
      this.since = performance.timeOrigin + performance.now();
      tabs.postMessage({ since: this.since });
    }

    letGo() {
      this.source?.close();
      this.source = null;
    }

    close() {
      this.letGo();
      if (shared === this) shared = null;
    }
  }

  // Of two tabs that open the stream at once, the later one keeps it.
  tabs.onmessage = ({ data }) => {
    if (data.since > shared?.since) shared.letGo();
    if (data.url !== shared?.url) return;
    for (const [name, listener] of shared.listeners)
      if (name === data.name) listener(new MessageEvent(name, { data: data.data }));
  };

  for (const use of ["focus", "pointerdown", "keydown", "pageshow"])
    addEventListener(use, () => shared?.take());

  htmx.createEventSource = (url) => new SharedSource(url);
})();
