// One file on its way (tus 1.0): retried with growing delays, gone on with where it was cut, looked after while silent.
import { Upload, isSupported } from "tus-js-client/lib/browser/index.js"; // the sources: a third of what is compiled for old browsers

const SECOND = 1000;
const DELAYS = [1, 2, 4, 8, 15, 30, ...new Array(60).fill(60)].map((seconds) => seconds * SECOND);
const SILENCE = 60 * SECOND;
const LOOK_EVERY = 3 * SECOND;
// Somebody else holds the row, or it ends elsewhere than we thought: asking again finds out.
const PASSES = new Set([0, 409, 423]);
const SIGN_IN = /\/sign-in\//;

const status = (error) => (error.originalResponse ? error.originalResponse.getStatus() : 0);
const landed = (error) => (error.originalResponse && error.originalResponse.getUnderlyingObject().responseURL) || "";

/** Old browsers send files with their form. */
export const canSend = isSupported;

export class Transfer {
  constructor(row) {
    this.row = row;
    this.heard = Date.now();
    this.upload = null;
    this.refusedAt = 0;
  }

  starts() {
    this.upload = this.upload || this.makes();
    this.upload.options.headers = { "X-CSRFToken": this.row.field.token };
    this.heard = Date.now();
    this.watch = this.watch || setInterval(() => this.listens(), SECOND);
    this.upload.start();
  }

  makes() {
    const { file, field } = this.row;
    return new Upload(file, {
      endpoint: field.to,
      chunkSize: field.piece,
      retryDelays: DELAYS,
      metadata: { filename: file.name },
      storeFingerprintForResuming: false,
      onUploadUrlAvailable: () => (this.row.url = this.upload.url),
      onProgress: (sent) => this.hears(sent),
      onShouldRetry: (error) => this.mayPass(error),
      onError: (error) => this.fails(error),
      onSuccess: () => this.measures(this.upload.url),
    });
  }

  hears(sent) {
    this.heard = Date.now();
    if (this.row.state === "runs" || this.row.state === "cut") this.row.progress(sent);
  }

  /** A line can die without a word: then nothing but the silence tells. */
  listens() {
    if (this.row.state === "runs" && Date.now() - this.heard > SILENCE) this.again();
  }

  mayPass(error) {
    const code = status(error);
    const passes = !SIGN_IN.test(landed(error)) && (PASSES.has(code) || code >= 500);
    if (passes) this.row.shows("cut");
    return passes;
  }

  again() {
    if (this.upload) this.upload.abort();
    this.starts();
  }

  stops() {
    clearInterval(this.watch);
    this.watch = null;
    if (this.upload) this.upload.abort();
  }

  fails(error) {
    const { field, name } = this.row;
    const code = status(error);
    const away = SIGN_IN.test(landed(error));
    const said = code ? error.originalResponse.getBody() : "";
    this.stops(); // after this the browser has forgotten the answer
    if (away) this.row.shows("failed", field.words("signed-out"));
    else if (code === 403 && Date.now() - this.refusedAt > SECOND * 10) {
      // The token of a session that is over: perhaps there is a new one.
      this.refusedAt = Date.now();
      this.row.triesAgain();
    }
    else if ([413, 422, 429].includes(code)) this.row.refuses(said);
    else {
      // The stored part is gone, or does not go on: the next try is from the beginning.
      if (code >= 400 && code < 500) this.upload = null;
      this.row.shows("failed", field.words("failed", { name }));
    }
  }

  /** Everything has been sent; a very long file is still being hashed. */
  async measures(url) {
    this.stops();
    const headers = { "X-Poll": "1", Accept: "application/json" };
    const answer = await fetch(url, { headers, redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer && answer.type === "opaqueredirect" && this.upload) return this.row.shows("failed", this.row.field.words("signed-out"));
    const said = answer && answer.ok ? await answer.json() : { state: answer ? "gone" : "cut" };
    if (said.state === "ready") this.row.arrived(new URL(url, window.location.href).pathname.split("/").at(-2));
    else if (said.state === "measuring" || said.state === "cut") {
      const state = said.state === "cut" ? "cut" : "measured";
      this.row.shows(state);
      setTimeout(() => this.row.state === state && this.row.element.isConnected && this.measures(url), LOOK_EVERY);
    } else {
      this.upload = null;
      this.row.shows("failed", this.row.field.words("failed", { name: this.row.name }));
    }
  }
}
