// An app made with one of the TypeScript libraries that opens an address for its person when a call needs one.
// Arguments: library (client, sdk), address of the server, access token, how to agree on a revision. A call comes in as a line; then,
// each as a line, the address goes out, an answer comes in when the person is back, and the result goes out.
import { createInterface } from "node:readline";

const libraries = {
  client: () => import("@modelcontextprotocol/client"),
  sdk: async () => ({
    ...(await import("@modelcontextprotocol/sdk/client/index.js")),
    ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
  }),
};
const NEEDS_A_PAGE = -32042;
const [library, url, token, mode] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport } = await libraries[library]();

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const hear = async () => JSON.parse((await lines.next()).value);
const say = (value) => console.log(JSON.stringify(value));

async function sendPersonTo(address) {
  say({ opened: address });
  await hear();
}

const client = new Client(
  { name: "interop", version: "1" },
  { capabilities: { elicitation: { url: {} } }, ...(mode ? { versionNegotiation: { mode } } : {}) },
);
if (library === "client")
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    await sendPersonTo(params.url);
    return { action: "accept" };
  });
await client.connect(
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }),
);

const [name, given] = await hear();
const call = () => client.callTool({ name, arguments: given });
try {
  say(
    await call().catch(async (error) => {
      if (error.code !== NEEDS_A_PAGE) throw error;
      await sendPersonTo(error.data.elicitations[0].url);
      return await call();
    }),
  );
} catch (error) {
  say({ error: `${error.name}: ${error.message}` });
}
process.exit(0);
