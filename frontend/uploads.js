// Files are sent as soon as they are chosen, each in pieces and several at once, so that a bad line loses nothing: what
// has arrived stays, and the rest follows when the line is back. Without this script files go along with their form.
import { size } from "./size.js";
import { Transfer, canSend } from "./transfer.js";

const AT_ONCE = 2;

/** Whoever signed in again in another window did so in a new session: its token, where it is the same person's. */
const renews = async (field) => {
  const headers = { "X-Poll": "1", Accept: "application/json" };
  const answer = await fetch(field.to, { headers, redirect: "manual", cache: "no-store" }).catch(() => null);
  if (!answer || answer.status >= 500) return "cut";
  if (!answer.ok) return "signed-out";
  const { person, token } = await answer.json();
  if (person !== field.root.dataset.uploadsPerson) return "other";
  document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => (input.value = token));
  return "";
};

/** One file: what is said of it, and what can be done with it. */
class Row {
  constructor(field, file) {
    this.field = field;
    this.file = file;
    this.name = file.name;
    this.element = field.template("[data-uploads-row]").firstElementChild.cloneNode(true);
    this.find("[data-name]").textContent = this.name;
    this.find("[data-bar]").setAttribute("aria-label", this.name);
    this.label("remove", "cancel");
    this.label("again", "again");
    this.find("[data-act=remove]").addEventListener("click", () => field.removes(this));
    this.find("[data-act=again]").addEventListener("click", () => this.triesAgain());
    this.find("[data-act=pause]").addEventListener("click", () => (this.state === "paused" ? this.begins() : this.pauses()));
    this.sent = 0;
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  label(act, words) {
    const hidden = document.createElement("span");
    hidden.className = "govuk-visually-hidden";
    hidden.textContent = ` ${this.name}`;
    this.find(`[data-act=${act}]`).replaceChildren(this.field.words(words), hidden);
  }

  get busy() {
    return ["waits", "runs", "cut", "paused", "measured"].includes(this.state);
  }

  /** Say how it stands; `reason` in place of our own words. */
  shows(state, reason = "") {
    const before = this.state;
    this.state = state;
    const wrong = state === "refused" || state === "failed";
    const percent = Math.floor((100 * this.sent) / Math.max(this.file.size, 1));
    const facts = { name: this.name, size: size(this.file.size), done: size(this.sent), percent, button: this.field.gate.asks };
    const place = this.find("[data-state]");
    place.textContent = reason || this.field.words(state, facts);
    place.className = wrong ? "govuk-error-message" : "app-upload__state";
    this.find("[data-bar]").hidden = !["runs", "cut", "paused"].includes(state);
    this.find("[data-bar]").value = percent;
    this.find("[data-act=pause]").hidden = !["runs", "cut", "paused"].includes(state);
    this.find("[data-act=again]").hidden = state !== "failed";
    if (before === state) return;
    this.label("pause", state === "paused" ? "go-on" : "pause");
    this.label("remove", this.busy ? "cancel" : "remove");
    if (wrong || state === "cut") this.field.says(place.textContent);
    if (state === "done") this.field.says(this.field.words("arrived", facts));
    if (!this.busy) this.field.settled(this);
  }

  waits() {
    this.shows("waits");
    this.field.next();
  }

  begins() {
    this.shows("runs");
    this.transfer = this.transfer || new Transfer(this);
    this.transfer.starts();
  }

  /** After a lost session: first who is signed in now. Without a line it goes on by itself later. */
  async triesAgain() {
    this.shows("waits");
    const problem = await renews(this.field);
    if (this.state !== "waits" || !this.element.isConnected) return;
    if (problem && problem !== "cut") this.shows("failed", this.field.words(problem));
    else this.begins();
  }

  pauses() {
    this.transfer.stops();
    this.shows("paused");
    this.field.next();
  }

  /** The line is back. */
  goesOn() {
    if (this.transfer) this.transfer.again();
  }

  progress(sent) {
    this.sent = sent;
    this.shows("runs");
    this.field.used();
  }

  refuses(reason) {
    this.shows("refused", reason);
  }

  /** The file is there: its number goes with the form. */
  arrived(uid) {
    this.uid = uid;
    this.sent = this.file.size;
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = this.field.root.dataset.uploads;
    input.value = uid;
    this.element.append(input);
    this.shows("done");
  }
}

class Field {
  constructor(root, gate) {
    this.root = root;
    this.input = root.querySelector("input[type=file]");
    this.list = root.querySelector("[data-sent]");
    this.said = root.querySelector("[data-uploads-said]");
    this.several = "uploadsSeveral" in root.dataset;
    this.to = root.dataset.uploadsTo;
    this.piece = Number(root.dataset.uploadsPiece);
    this.gate = gate;
    this.rows = [];
    this.list.querySelectorAll("[data-upload]").forEach((drawn) => this.takesOver(drawn));
    root.querySelector("[data-uploads-or]").hidden = false;
    this.listens();
  }

  get token() {
    return this.gate.form.elements.csrfmiddlewaretoken.value;
  }

  template(selector) {
    return this.root.querySelector(selector).content;
  }

  words(name, facts = {}) {
    const text = this.template("[data-uploads-words]").querySelector(`[data-when="${name}"]`).textContent;
    return text.replace(/\{(\w+)\}/g, (whole, key) => (key in facts ? facts[key] : whole));
  }

  says(text) {
    this.said.textContent = text;
  }

  listens() {
    const zone = this.root.querySelector("[data-uploads-drop]");
    this.input.addEventListener("change", () => {
      this.takes([...this.input.files]);
      this.input.value = "";
    });
    let inside = 0;
    const lights = (step) => {
      inside = step === 0 ? 0 : inside + step;
      zone.classList.toggle("app-uploads__drop--over", inside > 0);
    };
    zone.addEventListener("dragenter", () => lights(1));
    zone.addEventListener("dragleave", () => lights(-1));
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      lights(0);
      this.takes([...event.dataTransfer.files]);
    });
  }

  /** A row that the server drew, after a form that was refused. */
  takesOver(drawn) {
    const { upload, size: bytes, name, ready } = drawn.dataset;
    const row = new Row(this, { name, size: Number(bytes) });
    drawn.replaceWith(row.element);
    this.rows.push(row);
    row.url = `${this.to}${upload}/`;
    if (ready) row.arrived(upload);
    else {
      row.shows("measured");
      new Transfer(row).measures(row.url);
    }
  }

  takes(files) {
    const given = this.several ? files : files.slice(-1);
    if (!this.several && given.length) [...this.rows].forEach((row) => this.removes(row, false));
    const rows = given.map((file) => this.adds(file));
    rows.filter((row) => !row.state).forEach((row) => row.shows("waits"));
    this.next();
  }

  adds(file) {
    const row = new Row(this, file);
    const reason = this.refusal(file);
    this.rows.push(row);
    this.list.append(row.element);
    if (reason) row.refuses(this.words(reason, { name: file.name }));
    return row;
  }

  /** What can be told before a byte is sent; the server looks again. */
  refusal(file) {
    const endings = this.root.dataset.uploadsEndings.split(",");
    const same = (row) => row.state !== "refused" && row.name === file.name && row.file.size === file.size;
    if (this.rows.some(same)) return "twice";
    if (!/[^.].*\.[^.]+$/.test(file.name)) return "ending";
    if (!endings.some((ending) => file.name.toLowerCase().endsWith(ending))) return "kind";
    if (!file.size) return "empty";
    return file.size > Number(this.root.dataset.uploadsLimit) ? "large" : "";
  }

  next() {
    const running = this.rows.filter((row) => row.state === "runs" || row.state === "cut").length;
    const waiting = this.rows.filter((row) => row.state === "waits");
    waiting.slice(0, Math.max(AT_ONCE - running, 0)).forEach((row) => row.begins());
  }

  settled(row) {
    this.next();
    this.gate.settled(row);
  }

  /** An upload is work: the session lasts while bytes leave this machine. */
  used() {
    document.dispatchEvent(new CustomEvent("portal:used"));
  }

  removes(row, focus = true) {
    if (row.transfer) row.transfer.stops();
    if (row.url) this.deletes(row.url);
    this.rows = this.rows.filter((other) => other !== row);
    row.element.remove();
    if (focus) this.input.focus();
    this.says(this.words("removed", { name: row.name }));
    this.settled(row);
  }

  deletes(url) {
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": this.token };
    fetch(url, { method: "DELETE", headers, redirect: "manual", keepalive: true }).catch(() => null);
  }
}

/** A form with such fields: it is sent when all of its files have arrived. */
class Gate {
  constructor(form) {
    this.form = form;
    this.button = undefined; // what was pressed while files were still on their way
    this.done = false;
    const button = "button[type=submit]:not([aria-hidden]), button:not([type])";
    const field = form.querySelector("[data-uploads]");
    const around = field?.closest("fieldset")?.querySelector(button);
    const after = (one) => field && field.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    const following = [...form.querySelectorAll(button)].find(after); // what comes before it is another step
    this.asks = (around || following || form.querySelector(button) || form).textContent.trim();
    this.fields = [...form.querySelectorAll("[data-uploads]")].map((root) => new Field(root, this));
    form.addEventListener("submit", (event) => this.sends(event));
    // Whoever leaves now leaves files behind that they believe to be sent.
    const left = () => form.isConnected && !this.done && (this.some("busy") || this.some("done"));
    window.addEventListener("beforeunload", (event) => left() && event.preventDefault());
    window.addEventListener("online", () => this.rows.filter((row) => row.state === "cut").forEach((row) => row.goesOn()));
  }

  get rows() {
    return this.fields.flatMap((field) => field.rows);
  }

  some(what) {
    return this.rows.some((row) => (what === "busy" ? row.busy : row.state === what));
  }

  sends(event) {
    const [field] = this.fields;
    if (this.some("failed")) {
      event.preventDefault();
      field.says(field.words("stopped"));
    } else if (this.some("busy")) {
      event.preventDefault();
      this.button = event.submitter;
      this.rows.filter((row) => row.state === "paused").forEach((row) => row.begins());
      this.tells("wait");
    } else if (this.rows.length && !this.renewed) {
      event.preventDefault();
      this.renews(event.submitter);
    } else {
      this.done = true;
    }
  }

  /** The token of the form may be that of a session that is over; what is sent next is sent with that of this one. */
  async renews(button) {
    if (this.asking) return;
    this.asking = true;
    const problem = await renews(this.fields[0]);
    this.asking = false;
    this.tells(problem === "other" ? "other" : "");
    if (problem === "other") return;
    this.renewed = true;
    this.form.requestSubmit(button);
    this.renewed = false;
  }

  settled(row) {
    if (this.button === undefined || (this.some("busy") && row.state === "done")) return;
    const wrong = row.state === "refused" || row.state === "failed";
    if (!wrong && this.some("busy")) return;
    const button = this.button;
    this.button = undefined;
    this.tells(wrong ? "stopped" : "");
    if (!wrong) this.form.requestSubmit(button);
  }

  /** Said beside the button, for everybody. */
  tells(name) {
    this.note = this.note || this.form.appendChild(Object.assign(document.createElement("p"), { className: "govuk-body" }));
    this.note.setAttribute("role", "status");
    this.note.textContent = name ? this.fields[0].words(name) : "";
  }
}

/** A file dropped beside the box would be opened in place of the page, and what was typed would be lost. */
function takesBeside(fields) {
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (event.defaultPrevented || !carries(event)) return;
    event.preventDefault();
    if (fields.length === 1) fields[0].takes([...event.dataTransfer.files]);
  });
}

export function sendUploads() {
  if (!canSend) return;
  const forms = new Set([...document.querySelectorAll("[data-uploads]")].map((root) => root.closest("form")));
  const gates = [...forms].filter((form) => form && form.elements.csrfmiddlewaretoken).map((form) => new Gate(form));
  takesBeside(gates.flatMap((gate) => gate.fields));
}
