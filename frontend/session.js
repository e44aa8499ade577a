// The end of a session: warns two minutes before, lets people stay, and when it is over keeps what they typed and
// blanks the page. Without this script the footer says until when a session lasts and offers the same button.

const SECOND = 1000;
const ASK_EVERY = 15 * SECOND; // while the warning is open: another tab may have kept the session
const EARLY = 3 * SECOND; // before the server's own end, so that what was typed still arrives in time

const words = (root, name) => root.querySelector("[data-session-words]").content.querySelector(`[data-when="${name}"]`).textContent;
const ours = (form) => form.method === "post" && !form.closest("[data-session], header") && !form.querySelector("[type=password]") && !form.dataset.passkey;
const typed = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
const chosen = (form) => [...new FormData(form)].filter(([, value]) => typeof value !== "string" && value.name).map(([, file]) => file.name);
const wait = (time) => new Promise((done) => setTimeout(done, time));
const state = (form) => JSON.stringify([typed(form), chosen(form)]);

class Session {
  constructor(root) {
    this.root = root;
    this.dialog = root.querySelector("[data-session-dialog]");
    this.warn = Number(root.dataset.warn) * SECOND;
    this.over = this.refused = this.knows = false;
    this.asked = 0;
    this.used = Date.now();
    this.said = "";
    this.sets({ idle: Number(root.dataset.idle), longest: Number(root.dataset.longest) });
    this.forms = new Map([...document.querySelectorAll("form")].filter(ours).map((form) => [form, state(form)]));
    this.listens();
    setInterval(() => this.ticks(), SECOND);
  }

  sets(life) {
    const now = Date.now() - EARLY;
    this.idle = now + life.idle * SECOND;
    this.longest = now + life.longest * SECOND;
  }

  /** Read anew each time: uploads.js renews it after a sign-in in another window. */
  get token() {
    return this.root.querySelector("[name=csrfmiddlewaretoken]").value;
  }

  get left() {
    return Math.min(this.idle, this.longest) - Date.now();
  }

  /** The twelve hours end before the time without activity does: nothing extends that. */
  get last() {
    return this.longest <= this.idle;
  }

  listens() {
    this.root.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.stays();
    });
    this.root.querySelector("[data-session-stay]").addEventListener("click", () => this.stays());
    this.root.querySelector("[data-session-go-on]").addEventListener("click", () => this.goesOn());
    this.root.querySelector("[data-session-leave]").addEventListener("click", () => this.leaves());
    // Work that is no page: a file on its way. The server hears of it once a minute.
    document.addEventListener("portal:used", () => Date.now() - this.used > 60 * SECOND && this.stays());
    // Escape is the way out of a dialog, and the safe answer is to lose nothing.
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (this.last) this.goesOn();
      else this.stays();
    });
    // Back from another page, from sleep or from another tab: what stands here may belong to nobody any more.
    window.addEventListener("pageshow", (event) => event.persisted && this.asks());
    document.addEventListener("visibilitychange", () => !document.hidden && this.left < this.warn && this.asks());
  }

  async ticks() {
    if (this.over) return;
    if (this.left <= 0) return this.ends();
    if (this.left > this.warn) {
      if (this.dialog.open) this.dialog.close();
      return;
    }
    if (Date.now() - this.asked > ASK_EVERY) {
      this.asked = Date.now();
      await this.asks();
    }
    if (!this.over && this.left <= this.warn && this.left > 0) this.shows();
  }

  shows() {
    if (this.last && this.knows) return;
    this.root.querySelectorAll("[data-session-longest]").forEach((part) => (part.hidden = !this.last));
    this.root.querySelectorAll("[data-session-idle]").forEach((part) => (part.hidden = this.last));
    const text = this.counts();
    this.root.querySelector("[data-session-left]").textContent = text;
    if (!this.dialog.open) this.dialog.showModal();
    // Said aloud each minute, and in the last one every 20 seconds: not every second.
    const seconds = Math.ceil(this.left / SECOND);
    if (seconds % 60 === 0 || (seconds < 60 && seconds % 20 === 0)) this.root.querySelector("[data-session-said]").textContent = text;
  }

  counts() {
    const seconds = Math.ceil(this.left / SECOND);
    if (seconds > 60) return words(this.root, "minutes").replace("%s", Math.ceil(seconds / 60));
    return seconds === 60 ? words(this.root, "minute") : words(this.root, "seconds").replace("%s", seconds);
  }

  /** How long the session still has; a redirect means that it is over, no answer means nothing. */
  async asks() {
    const headers = { "X-Poll": "1", Accept: "application/json" };
    return this.hears(await fetch(this.root.dataset.check, { headers, redirect: "manual", cache: "no-store" }).catch(() => null));
  }

  async stays() {
    this.used = Date.now();
    const body = new URLSearchParams([["csrfmiddlewaretoken", this.token]]);
    const headers = { Accept: "application/json" };
    await this.hears(await fetch(this.root.dataset.stay, { method: "POST", body, headers, redirect: "manual" }).catch(() => null));
    if (!this.over && this.left > this.warn && this.dialog.open) this.dialog.close();
  }

  async hears(answer) {
    if (answer && answer.ok) {
      this.sets(await answer.json());
      this.tells();
    } else if (answer && (answer.type === "opaqueredirect" || answer.status === 403)) {
      this.refused = true;
      await this.ends();
    }
  }

  /** The footer's moment, in the browser's own time of day where the page gives one too. */
  tells() {
    const place = this.root.querySelector("[data-session-until]");
    const until = new Date(Math.min(this.idle, this.longest) + EARLY);
    place.textContent = `${until.toISOString().slice(11, 16)} UTC`;
  }

  /** Told about the end that nothing moves: the minutes that are left are for the form. */
  goesOn() {
    this.knows = true;
    this.dialog.close();
  }

  leaves() {
    document.querySelector("header form").submit();
  }

  async ends() {
    if (this.over) return;
    this.over = true;
    const next = window.location.pathname + window.location.search;
    const sent = [...this.forms].filter(([form, before]) => form.isConnected && state(form) !== before).map(([form]) => this.keeps(form, next));
    const said = document.createElement("p");
    said.className = "govuk-body govuk-!-margin-6";
    said.textContent = words(this.root, "over");
    document.body.replaceChildren(said);
    document.title = said.textContent;
    // The server's own end comes a moment later: before it, the sign-in page would lead straight back.
    const server = Math.max(this.left, 0) + EARLY + SECOND;
    await Promise.allSettled([Promise.race([Promise.allSettled(sent), wait(4 * SECOND)]), wait(this.refused ? 0 : server)]);
    window.location.replace(`${this.root.dataset.signIn}?next=${encodeURIComponent(next)}`);
  }

  /** Send what stands in a form to be kept for its owner: never to where the form itself goes. */
  keeps(form, page) {
    const body = new URLSearchParams(typed(form));
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("_typed_path", new URL(form.getAttribute("action") || window.location.href, window.location.href).pathname);
    body.set("_typed_page", page);
    chosen(form).forEach((name) => body.append("_typed_files", name));
    const headers = { "X-Poll": "1" }; // keeps the words, not the session
    return fetch(this.root.dataset.typed, { method: "POST", body, headers, keepalive: body.toString().length < 60000 });
  }
}

export function watchSession() {
  const root = document.querySelector("[data-session]");
  if (root) new Session(root);
}
