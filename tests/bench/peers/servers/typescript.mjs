// A server made with the TypeScript SDK: two processes behind one port. Node.js brings SQLite; it blocks the process while it works,
// as better-sqlite3 does too.

import cluster from "node:cluster";
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  McpServer,
  OAuthError,
  OAuthErrorCode,
  WebStandardStreamableHTTPServerTransport,
  createMcpHandler,
  requireBearerAuth,
} from "@modelcontextprotocol/server";
import * as z from "zod";

const [host, port] = process.argv[2].split(":");
const modern = "2026-07-28";
const BUSY = 5;
const colors = ["emerald", "red", "yellow", "orange", "blue", "indigo", "purple", "pink", "zinc"];

if (cluster.isPrimary) {
  // Let go of all of them together: the bench stops the first process only.
  process.on("SIGTERM", () => process.exit(0));
  for (let n = 0; n < 2; n++) cluster.fork();
} else {
  process.on("disconnect", () => process.exit(0));
  serve();
}

function serve() {
  const database = new DatabaseSync(process.env.PEER_DATABASE.replace("sqlite:///", ""), { timeout: 10_000 });
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "mmap_size = 268435456"])
    database.exec(`PRAGMA ${pragma}`);
  const bearer = database.prepare(`SELECT a.scope, c.account_id, o.name FROM access_token a
    JOIN "authorization" z ON z.id = a.authorization_id JOIN connection c ON c.id = z.connection_id
    JOIN member m ON m.id = c.member_id JOIN account o ON o.id = c.account_id
    WHERE a.token_hash = ? AND a.revoked_at IS NULL AND c.revoked_at IS NULL AND m.removed_at IS NULL`);
  const page = database.prepare(`SELECT id, first_name, last_name, email, status, disc_style, completed_at, created_at
    FROM profile WHERE account_id = ? ORDER BY name_key, id LIMIT ?`);
  const count = database.prepare("SELECT profiles FROM profile_count WHERE account_id = ?");
  const recolor = database.prepare("UPDATE tag SET color = ? WHERE account_id = ? AND id = ? RETURNING label");
  const carried = database.prepare("SELECT count(*) AS profiles FROM profile_tag WHERE account_id = ? AND tag_id = ?");
  const keep = database.prepare(
    "INSERT INTO peer_audit (id, peer, account_id, at, tool, resources, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");

  // SQLite's own way to wait for the other process is to sleep, for up to 100 ms, with this whole process.
  database.exec("PRAGMA busy_timeout = 0");
  function begun() {
    try {
      begin.run();
      return true;
    } catch (error) {
      if (error.errcode !== BUSY) throw error;
      return false;
    }
  }

  async function transact(work) {
    while (!begun()) await setTimeout(1);
    try {
      const done = work();
      commit.run();
      return done;
    } catch (error) {
      rollback.run();
      throw error;
    }
  }

  function audit(tool, accountId, ids) {
    const row = [randomUUID(), process.env.PEER_NAME, accountId, Date.now() / 1000, tool, JSON.stringify(ids)];
    keep.run(...row, fingerprint(JSON.stringify(row)));
  }

  async function listProfiles({ limit }, { http }) {
    const { account_id, name } = http.authInfo.extra;
    const rows = page.all(account_id, limit);
    const { profiles: total } = count.get(account_id);
    await transact(() => audit("list_profiles", account_id, rows.map((row) => row.id)));
    const profiles = rows.map((row) => ({
      ...row,
      id: dashed(row.id),
      completed_at: row.completed_at && moment(row.completed_at),
      created_at: moment(row.created_at),
    }));
    const next_cursor = rows.length < total ? profiles.at(-1).id : null;
    return answer({ account: { name }, profiles, next_cursor, total });
  }

  async function updateTag({ tag_id, color }, { http }) {
    const { account_id, name } = http.authInfo.extra;
    const plainId = tag_id.replaceAll("-", "");
    const [label, profiles] = await transact(() => {
      const { label } = recolor.get(color, account_id, plainId);
      const { profiles } = carried.get(account_id, plainId);
      audit("update_tag", account_id, [tag_id]);
      return [label, profiles];
    });
    return answer({ account: { name }, id: tag_id, label, color, profiles });
  }

  const account = z.object({ name: z.string() });
  const profile = z.object({
    id: z.uuid(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string(),
    status: z.string(),
    disc_style: z.string().nullable(),
    completed_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  });
  const list = {
    description: "List people's profiles in the connected account: name, e-mail, status and DISC style.",
    inputSchema: z.object({ limit: z.int().default(10) }),
    outputSchema: z.object({
      account,
      profiles: z.array(profile),
      next_cursor: z.string().nullable(),
      total: z.int(),
    }),
  };
  const update = {
    description: "Give a tag another colour.",
    inputSchema: z.object({ tag_id: z.uuid(), color: z.enum(colors) }),
    outputSchema: z.object({ account, id: z.uuid(), label: z.string(), color: z.enum(colors), profiles: z.int() }),
  };

  function made() {
    const server = new McpServer({ name: "Peer", version: "1" });
    server.registerTool("list_profiles", list, listProfiles);
    server.registerTool("update_tag", update, updateTag);
    return server;
  }

  async function verifyAccessToken(token) {
    const found = bearer.get(fingerprint(token));
    if (!found) throw new OAuthError(OAuthErrorCode.InvalidToken, "unknown token");
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    return { token, clientId: "peer", scopes: found.scope.split(" "), expiresAt, extra: found };
  }

  const gate = requireBearerAuth({ verifier: { verifyAccessToken } });
  const handler = createMcpHandler(made, { responseMode: "json", legacy: "reject" });

  // Left to itself, the SDK answers the older revisions by a stream of events; this is its own way to answer them with JSON.
  async function older(request, authInfo) {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: true,
    });
    await made().connect(transport);
    return transport.handleRequest(request, { authInfo });
  }

  async function fetch(request) {
    const authInfo = await gate(request);
    if (authInfo instanceof Response) return authInfo;
    return request.headers.get("mcp-protocol-version") === modern
      ? handler.fetch(request, { authInfo })
      : older(request, authInfo);
  }

  createServer(toNodeHandler({ fetch })).listen(Number(port), host);
}

function fingerprint(secret) {
  return createHash("sha256").update(secret).digest("hex");
}

function dashed(id) {
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
}

function moment(stored) {
  return `${stored.replace(" ", "T").slice(0, 23)}Z`;
}

function answer(structuredContent) {
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
}
