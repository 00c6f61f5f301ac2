// A relying party that checks all that OAuth lets it check, made with oauth4webapi. Arguments: the addresses of the resource and of the app.
import * as oauth from "oauth4webapi";
import { obey } from "./commands.mjs";

const [url, redirectUri] = process.argv.slice(2);
// The server under test is on this computer, where there is no TLS; nothing else is loosened.
const loopback = { [oauth.allowInsecureRequests]: true };
const method = oauth.None();
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
let server, client, tokens;

async function discover() {
  const resource = new URL(url);
  const found = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, loopback));
  const issuer = new URL(found.authorization_servers[0]);
  const options = { ...loopback, algorithm: "oauth2" };
  server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  return server;
}

async function register() {
  const metadata = { client_name: "Relying party", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
  const response = await oauth.dynamicClientRegistrationRequest(server, metadata, loopback);
  client = await oauth.processDynamicClientRegistrationResponse(response);
  return client;
}

/** The address at which the person is asked. */
async function question(scope) {
  const address = new URL(server.authorization_endpoint);
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const asked = { client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", scope, state, resource: url };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  address.searchParams.set("code_challenge", challenge);
  address.searchParams.set("code_challenge_method", "S256");
  return address.href;
}

/** Checks `state` and `iss`, and exchanges the code. */
async function exchange(back) {
  const answer = oauth.validateAuthResponse(server, client, new URL(back), state);
  const options = { ...loopback, additionalParameters: { resource: url } };
  const response = await oauth.authorizationCodeGrantRequest(server, client, method, answer, redirectUri, verifier, options);
  tokens = await oauth.processAuthorizationCodeResponse(server, client, response);
  return tokens;
}

async function refresh() {
  const options = { ...loopback, additionalParameters: { resource: url } };
  const response = await oauth.refreshTokenGrantRequest(server, client, method, tokens.refresh_token, options);
  tokens = await oauth.processRefreshTokenResponse(server, client, response);
  return tokens;
}

/** Throws what a challenge says; otherwise what the server answers. */
async function request(message) {
  const headers = new Headers({ "Content-Type": "application/json", Accept: "application/json, text/event-stream" });
  const body = JSON.stringify(message);
  const response = await oauth.protectedResourceRequest(tokens.access_token, "POST", new URL(url), headers, body, loopback);
  return await response.json();
}

async function revoke() {
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, method, tokens.refresh_token, loopback));
}

await obey({ discover, register, question, exchange, refresh, request, revoke });
