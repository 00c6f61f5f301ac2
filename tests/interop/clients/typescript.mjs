// An app made with one of the TypeScript libraries. Arguments: library (client, sdk), address of the server, how to agree on a revision.
import { obey } from "./commands.mjs";
import { Installation } from "./installation.mjs";

const libraries = {
  client: () => import("@modelcontextprotocol/client"),
  sdk: async () => ({
    ...(await import("@modelcontextprotocol/sdk/client/index.js")),
    ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
    ...(await import("@modelcontextprotocol/sdk/client/auth.js")),
  }),
};
const [library, url, mode] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await libraries[library]();

const app = await Installation.make(`TypeScript ${library}`);
const client = new Client({ name: "interop", version: "1" }, mode ? { versionNegotiation: { mode } } : {});
let transport;

async function connect() {
  transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: app });
  await client.connect(transport);
}

/** What the app wants from the server; where the person has to be asked first, ask and try once more. */
async function authorized(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const answer = await app.answer();
    // The newer library checks `iss` too, so it takes all that came back.
    await transport.finishAuth(library === "client" ? answer : answer.get("code"));
    return await work();
  }
}

await obey({
  connect: async () => {
    await authorized(connect);
    return transport.protocolVersion ?? client.getNegotiatedProtocolVersion();
  },
  tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
  an_hour_later: () => {}, // it renews when it is refused
  call: (name, given) => authorized(() => client.callTool({ name, arguments: given })),
});
