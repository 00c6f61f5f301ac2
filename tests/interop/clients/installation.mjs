// What an app on somebody's computer brings to a library for MCP: where it keeps things, how it opens a browser, and where it
// waits for the answer. Both TypeScript libraries ask for the same, and neither is changed.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

export class Installation {
  #kept = {};
  #state = randomUUID();
  #answered = Promise.withResolvers();

  /** An app that listens on a free port of this computer. */
  static async make(name) {
    const app = new Installation();
    const server = createServer((request, response) => {
      response.end("Back in the app");
      app.#answered.resolve(new URL(request.url, app.redirectUrl).searchParams);
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    app.redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;
    app.clientMetadata = { client_name: name, redirect_uris: [app.redirectUrl], token_endpoint_auth_method: "none" };
    return app;
  }

  state = () => this.#state;
  clientInformation = () => this.#kept.client;
  saveClientInformation = (client) => void (this.#kept.client = client);
  tokens = () => this.#kept.tokens;
  saveTokens = (tokens) => void (this.#kept.tokens = tokens);
  codeVerifier = () => this.#kept.verifier;
  saveCodeVerifier = (verifier) => void (this.#kept.verifier = verifier);
  redirectToAuthorization = (address) => openBrowser(address);

  /** The parameters that the person's browser brings back. */
  async answer() {
    const answer = await this.#answered.promise;
    this.#answered = Promise.withResolvers();
    if (answer.get("state") !== this.#state) throw new Error("The answer is to another question.");
    if (answer.has("error")) throw new Error(answer.get("error"));
    return answer;
  }
}

/** Open an address as programs on Linux do. */
export function openBrowser(address) {
  spawn("xdg-open", [String(address)], { stdio: "ignore" });
}
