// The page "Check a file": computes the SHA-256 hash of a file in pieces, so that any size works and the file stays on
// the device. Only the hash is sent, as if it had been typed. Without this script the file goes along with the form.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { size } from "./size.js";

const PIECE = 4 * 1024 * 1024;

class Check {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.hash = form.querySelector("[name=hash]");
    this.drop = this.find("drop");
    this.bar = form.querySelector("progress");
    this.turn = 0; // which choice is current: an older one that still reads stops at its next piece
    this.busy = this.waiting = false;
    // What has no name is not sent.
    this.input.removeAttribute("name");
    this.find("plain").hidden = true;
    form.querySelectorAll("[data-verify-script]").forEach((element) => (element.hidden = false));
    this.listens();
  }

  find(name) {
    return this.form.querySelector(`[data-verify-${name}]`);
  }

  words(when, facts) {
    const text = this.find("words").content.querySelector(`[data-when="${when}"]`).textContent;
    return text.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);
  }

  listens() {
    this.input.addEventListener("change", () => this.input.files.length && this.reads(this.input.files[0]));
    this.find("cancel").addEventListener("click", () => this.stops());
    this.form.addEventListener("submit", (event) => this.submits(event));
    // Somebody who types a hash means that one.
    this.hash.addEventListener("input", () => this.busy && this.stops());
    const over = (on) => this.drop.classList.toggle("app-uploads__drop--over", on);
    this.drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      over(true);
    });
    this.drop.addEventListener("dragleave", () => over(false));
    // A file that misses the place would be opened by the browser, and the page be gone.
    ["dragover", "drop"].forEach((name) => window.addEventListener(name, (event) => event.preventDefault()));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      const files = event.dataTransfer.files;
      if (files.length !== 1) return this.shows("one", {}, true);
      this.input.value = "";
      this.reads(files[0]);
    });
    // After "back" the page is as it was left: begin anew.
    window.addEventListener("pageshow", (event) => event.persisted && this.clears());
  }

  /** Read the file piece by piece; between two of them the page can be used. */
  async reads(file) {
    const turn = ++this.turn;
    const facts = { name: file.name, size: size(file.size) };
    const state = sha256.create();
    this.begins();
    try {
      for (let from = 0; from < file.size; from += PIECE) {
        const percent = Math.floor((100 * from) / file.size);
        this.bar.value = percent;
        this.shows("reading", { ...facts, done: size(from), percent }, from === 0);
        const piece = new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer());
        if (turn !== this.turn) return;
        state.update(piece);
      }
    } catch {
      if (turn === this.turn) this.ends("failed", facts);
      return;
    }
    this.hash.value = bytesToHex(state.digest());
    const asked = this.waiting;
    this.ends("ready", facts);
    if (asked) this.form.requestSubmit();
  }

  begins() {
    this.busy = true;
    this.waiting = false;
    this.hash.value = "";
    this.bar.value = 0;
    this.find("progress").hidden = false;
  }

  ends(when, facts) {
    this.busy = this.waiting = false;
    this.find("progress").hidden = true;
    this.shows(when, facts, true);
    if (when === "failed") this.input.value = "";
  }

  stops() {
    const pressed = this.find("progress").contains(document.activeElement);
    this.turn += 1;
    this.ends("stopped", { name: this.name });
    this.input.value = "";
    if (pressed) this.input.focus();
  }

  clears() {
    this.turn += 1;
    this.busy = this.waiting = false;
    this.input.value = this.hash.value = "";
    this.find("progress").hidden = this.find("state").hidden = true;
  }

  /** Pressed too early: the form follows the hash. */
  submits(event) {
    if (!this.busy) return;
    event.preventDefault();
    this.waiting = true;
    this.says(this.words("wait", { name: this.name }));
  }

  /** Draw how it stands; said aloud only where something begins or ends. */
  shows(when, facts, aloud) {
    this.name = facts.name;
    const text = this.words(when, facts);
    const place = this.find("state");
    place.hidden = false;
    place.className = when === "failed" || when === "one" ? "govuk-error-message" : "app-upload__state";
    place.textContent = this.waiting ? `${text}. ${this.words("wait", facts)}` : text;
    if (aloud) this.says(text);
  }

  says(text) {
    this.find("said").textContent = text;
  }
}

const form = document.querySelector("form[data-verify]");
if (form) new Check(form);
